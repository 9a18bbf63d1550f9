use saml_protocol::{NameId, Subject};

use crate::checks::SUBJECT;
use crate::error::Error;
use crate::trace::Trace;

/// Requires one identifier that is not empty and is for us (ATT-134, ATT-135, ATT-138).
pub(crate) fn name_id<'a>(
    subject: Option<&Subject<'a>>,
    entity_id: &str,
    trace: &mut Trace,
) -> Result<NameId<'a>, Error> {
    let expected = || "a NameID that is not empty";
    let Some(name_id) = subject.and_then(|subject| subject.name_id) else {
        return Err(trace.fail(&SUBJECT, SUBJECT.code, expected(), "none"));
    };
    trace.check(&SUBJECT, !name_id.value.trim().is_empty(), expected, || {
        if name_id.value.trim().is_empty() { "an empty one" } else { "one" }.to_owned()
    })?;
    if let Some(qualifier) = name_id.sp_name_qualifier
        && qualifier != entity_id
    {
        let expected = format!("no SPNameQualifier, or {entity_id}");
        return Err(trace.fail(&SUBJECT, "subject_sp_name_qualifier", expected, qualifier.to_owned()));
    }
    Ok(name_id)
}
