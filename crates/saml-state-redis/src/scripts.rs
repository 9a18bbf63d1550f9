use std::time::Duration;

use redis::Script;

/// What Redis runs, each in one step.
pub(crate) struct Scripts {
    pub(crate) insert: Script,
    pub(crate) insert_then: Script,
    pub(crate) remember: Script,
    pub(crate) find: Script,
    pub(crate) take: Script,
    pub(crate) create: Script,
    pub(crate) read: Script,
    pub(crate) remove: Script,
    pub(crate) remove_of_subject: Script,
}

impl Scripts {
    /// Puts the clock in front of each script, so that none can pass it by; portals' clocks may differ from that of
    /// Redis by `difference`.
    pub(crate) fn new(difference: Duration) -> Self {
        let script = |body: &str| Script::new(&format!("local difference = {}{ADVANCE}{body}", difference.as_micros()));
        let answer = |taken: &str| script(&format!("{ANSWER}{taken}"));
        Self {
            insert: script(INSERT),
            insert_then: script(INSERT_THEN),
            remember: script(REMEMBER),
            find: answer(FIND),
            take: answer(TAKE),
            create: script(CREATE),
            read: script(READ),
            remove: script(REMOVE),
            remove_of_subject: script(REMOVE_OF_SUBJECT),
        }
    }
}

/// KEYS[1] holds the latest time told, ARGV[1] is the present one. A clock that goes back stands still.
///
/// One that differs from Redis's own by more than `difference`, five minutes unless set, is refused. Ahead, it would
/// end everything for all portals at once. Behind, it would still have to come to the end of what Redis, which frees
/// memory by its own clock, has forgotten. That cannot be: what ends at `finish` is freed `finish - latest` and twice
/// the difference after Redis's time of then. As `latest` is ahead of that time by the difference at most, Redis's
/// clock has passed `finish` by the difference when the key goes, and each clock that is still taken has reached
/// `finish` itself. So ten minutes suffice, as long as nobody sets back the clock of Redis.
const ADVANCE: &str = "
local server = redis.call('TIME')
local now, here = tonumber(ARGV[1]), server[1] * 1000000 + server[2]
if now > here + difference then return {'clock_ahead'} end
if now < here - difference then return {'clock_behind'} end
local told = redis.call('GET', KEYS[1])
local latest = told and tonumber(told) or now
if not told or now > latest then
  latest = now
  redis.call('SET', KEYS[1], ARGV[1])
end
-- Longer than needed: which entry has ended is told by its end, and this only frees the memory.
local function milliseconds(finish)
  return string.format('%.0f', math.ceil((finish - latest + 2 * difference) / 1000))
end
";

/// KEYS[2] is the assertion, ARGV[2] its end.
const INSERT: &str = "
local finish = tonumber(ARGV[2])
local kept = redis.call('GET', KEYS[2])
if kept and tonumber(kept) > latest then return {'replayed'} end
if finish <= latest then return {'ended', string.format('%.0f', latest)} end
redis.call('SET', KEYS[2], ARGV[2], 'PX', milliseconds(finish))
return {'first'}
";

/// KEYS[2] and ARGV[2] are the one key and its end; KEYS[3] and ARGV[3] the one that is inserted only when that was not
/// there.
const INSERT_THEN: &str = "
local function lives(key)
  local kept = redis.call('GET', key)
  return kept and tonumber(kept) > latest
end
if lives(KEYS[2]) then return {'replayed'} end
local finish, then_finish = tonumber(ARGV[2]), tonumber(ARGV[3])
if math.min(finish, then_finish) <= latest then return {'ended', string.format('%.0f', latest)} end
redis.call('SET', KEYS[2], ARGV[2], 'PX', milliseconds(finish))
if lives(KEYS[3]) then return {'then_replayed'} end
redis.call('SET', KEYS[3], ARGV[3], 'PX', milliseconds(then_finish))
return {'first'}
";

/// KEYS[2] is the browser; ARGV[2] the end of the request, ARGV[3] its ID, ARGV[4] the request, ARGV[5] how many may
/// wait.
const REMEMBER: &str = "
local finish = tonumber(ARGV[2])
if finish <= latest then return {'ended', string.format('%.0f', latest)} end
local all = redis.call('HGETALL', KEYS[2])
local count, last_number, last_finish, first, first_number = 0, 0, finish, nil, nil
for i = 1, #all, 2 do
  local ends, number = string.match(all[i + 1], '^(%-?%d+):(%d+):')
  ends, number = tonumber(ends), tonumber(number)
  if ends <= latest then
    redis.call('HDEL', KEYS[2], all[i])
  else
    if all[i] == ARGV[3] then return {'duplicate'} end
    count = count + 1
    last_number = math.max(last_number, number)
    last_finish = math.max(last_finish, ends)
    if not first_number or number < first_number then first, first_number = all[i], number end
  end
end
if count >= tonumber(ARGV[5]) then redis.call('HDEL', KEYS[2], first) end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[2] .. ':' .. string.format('%.0f', last_number + 1) .. ':' .. ARGV[4])
redis.call('PEXPIRE', KEYS[2], milliseconds(last_finish))
return {'kept'}
";

/// KEYS[2] is the browser, ARGV[2] the ID of the request.
const ANSWER: &str = "
local kept = redis.call('HGET', KEYS[2], ARGV[2])
if not kept then return {'none'} end
local ends, sealed = string.match(kept, '^(%-?%d+):%d+:(.*)$')
if tonumber(ends) <= latest then return {'none'} end
";

const FIND: &str = "return {'found', sealed}\n";

const TAKE: &str = "redis.call('HDEL', KEYS[2], ARGV[2])\nreturn {'found', sealed}\n";

/// KEYS[2] is the session, KEYS[3] the sessions of its subject; ARGV[2] how long it may be idle, ARGV[3] its absolute
/// end, ARGV[4] the session, ARGV[5] its session index; without a subject there is no KEYS[3].
const CREATE: &str = "
local ends = redis.call('HGET', KEYS[2], 'ends')
if ends and tonumber(ends) > latest then return {'duplicate'} end
local absolute = tonumber(ARGV[3])
local finish = math.min(latest + tonumber(ARGV[2]), absolute)
if finish <= latest then return {'ended', string.format('%.0f', finish), string.format('%.0f', latest)} end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'ends', string.format('%.0f', finish), 'absolute', ARGV[3], 'session', ARGV[4])
redis.call('PEXPIRE', KEYS[2], milliseconds(finish))
if KEYS[3] then
  redis.call('HSET', KEYS[2], 'subject', KEYS[3], 'index', ARGV[5])
  redis.call('SADD', KEYS[3], KEYS[2])
  local wanted = milliseconds(absolute)
  if redis.call('PTTL', KEYS[3]) < tonumber(wanted) then redis.call('PEXPIRE', KEYS[3], wanted) end
end
return {'created'}
";

/// KEYS[2] is the session, ARGV[2] how long it may be idle.
const READ: &str = "
local kept = redis.call('HMGET', KEYS[2], 'ends', 'absolute', 'session')
if not kept[1] or tonumber(kept[1]) <= latest then return {'none'} end
local finish = math.min(latest + tonumber(ARGV[2]), tonumber(kept[2]))
redis.call('HSET', KEYS[2], 'ends', string.format('%.0f', finish))
redis.call('PEXPIRE', KEYS[2], milliseconds(finish))
return {'found', kept[3]}
";

/// KEYS[2] is the session.
const REMOVE: &str = "
local kept = redis.call('HMGET', KEYS[2], 'ends', 'session', 'subject')
redis.call('DEL', KEYS[2])
if kept[3] then redis.call('SREM', kept[3], KEYS[2]) end
if not kept[1] or tonumber(kept[1]) <= latest then return {'none'} end
return {'found', kept[2]}
";

/// KEYS[2] are the sessions of a subject; ARGV from the second on are the session indexes that are meant, or none for
/// all.
const REMOVE_OF_SUBJECT: &str = "
local meant = {}
for i = 2, #ARGV do meant[ARGV[i]] = true end
local count = 0
for _, session in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  local kept = redis.call('HMGET', session, 'ends', 'index')
  if not kept[1] or tonumber(kept[1]) <= latest then
    redis.call('SREM', KEYS[2], session)
  elseif #ARGV == 1 or meant[kept[2]] then
    redis.call('DEL', session)
    redis.call('SREM', KEYS[2], session)
    count = count + 1
  end
end
return {'removed', string.format('%.0f', count)}
";
