//! What a document in Markdown holds: its text, its code, what stands between backticks, its links.

/// Returns the blocks of code with their language, each line without the indentation of the block.
pub(crate) fn blocks(text: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks: Vec<(String, Vec<String>)> = Vec::new();
    let mut open = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        match (trimmed.strip_prefix("```"), open) {
            (Some(language), None) => {
                blocks.push((language.to_owned(), Vec::new()));
                open = Some(line.len() - trimmed.len());
            }
            (Some(_), Some(_)) => open = None,
            (None, Some(indentation)) => {
                if let Some((_, lines)) = blocks.last_mut() {
                    lines.push(line.get(indentation..).unwrap_or_default().to_owned());
                }
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Returns the text outside of blocks of code.
pub(crate) fn prose(text: &str) -> String {
    let mut in_block = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// Returns the rows that do not have as many cells as the line under the head of their table.
pub(crate) fn broken_rows(text: &str) -> Vec<String> {
    let prose = prose(text);
    let lines: Vec<&str> = prose.lines().map(str::trim).collect();
    let is_row = |line: &&str| line.starts_with('|');
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut broken = Vec::new();
    for table in lines.chunk_by(|one, next| is_row(one) == is_row(next)).filter(|table| table.iter().any(is_row)) {
        let rule = table.get(1).filter(|rule| rule.chars().all(|char| "|-: ".contains(char)));
        let wrong = |line: &&&str| rule.is_none_or(|rule| cells(line) != cells(rule));
        broken.extend(table.iter().filter(wrong).map(|line| (*line).to_owned()));
    }
    broken
}

/// Returns what stands between backticks in the prose; a line may end within.
pub(crate) fn spans(text: &str) -> Vec<String> {
    let prose = prose(text);
    // A pair of backticks does not reach past its paragraph, its row or its item.
    let ends = |line: &str| line.is_empty() || line.starts_with(['|', '-', '#']);
    let mut paragraphs = vec![String::new()];
    for line in prose.lines().map(str::trim) {
        if ends(line) {
            paragraphs.push(String::new());
        }
        if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    let pieces = |paragraph: &String| paragraph.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    paragraphs.iter().flat_map(pieces).collect()
}

/// Returns the links that are defined on lines of their own: what stands between the brackets, and the target.
pub(crate) fn definitions(text: &str) -> Vec<(String, String)> {
    let prose = prose(text);
    let defined = prose.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    defined.map(|(label, target)| (label.to_owned(), target.to_owned())).collect()
}

/// Returns the targets of links that are neither elsewhere nor items of the documentation.
pub(crate) fn relative_links(text: &str) -> Vec<String> {
    let prose = prose(text).replace('\n', " ");
    // Every second piece between backticks is code.
    let outside = prose.split('`').step_by(2).collect::<String>();
    let targets = outside.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()).map(str::to_owned);
    let elsewhere = |target: &String| target.contains("://") || target.starts_with("mailto:") || target.contains("::");
    let defined = definitions(text).into_iter().map(|(_, target)| target);
    targets.chain(defined).filter(|target| !elsewhere(target)).collect()
}

/// Returns the names by which the headings can be linked to.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text);
    let headings =
        headings.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |character: &char| character.is_alphanumeric() || [' ', '-', '_'].contains(character);
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn links_are_found_outside_of_code() {
    let text = "[a](b.md#c) [d](#e) [f](https://example.org/) [x](saml_sp::ServiceProvider)\n\
                ```\n[g](h.md)\n```\n`[i](j.md)` [k](l.md) [m]\n\n[m]: n.md\n[`o`]: p::q\n";
    assert_eq!(relative_links(text), ["b.md#c", "#e", "l.md", "n.md"]);
}

#[test]
fn a_block_loses_the_indentation_of_its_item() {
    let text = "1. item\n\n   ```sh\n   saml demo \\\n       --once\n   ```\n";
    assert_eq!(blocks(text), [("sh".to_owned(), vec!["saml demo \\".to_owned(), "    --once".to_owned()])]);
}

#[test]
fn what_stands_between_backticks_may_begin_on_one_line_and_end_on_the_next() {
    assert_eq!(spans("a `b\nc` d\n- `e`\n```\n`f`\n```\n"), ["b c", "e"]);
}

#[test]
fn a_heading_is_linked_to_by_its_words() {
    assert_eq!(anchors("## Try it\n# A `saml`, in 20 lines!\n"), ["try-it", "a-saml-in-20-lines"]);
}
