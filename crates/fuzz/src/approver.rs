//! The files of the approver's device: what is read is written back byte for byte, and nothing of it obeys a terminal.

use jinku_approver::{Answer, Checked, Known, Request, View};

use crate::corpus::documents;

/// A time at which the intents of the seeds are good.
const NOW_MS: u64 = 1_700_000_001_000;

/// Requests and answers. A request that holds is shown in letters that a terminal only prints.
pub(crate) fn approval_file(data: &[u8]) {
    if let Ok(answer) = Answer::from_canonical(data) {
        assert!(answer.to_canonical().is_ok_and(|again| again == data));
    }
    let Ok(request) = Request::from_canonical(data) else {
        return;
    };
    assert!(request.to_canonical().is_ok_and(|again| again == data));
    if let Ok(checked) = Checked::new(&request, None, NOW_MS) {
        let view = View::new(&checked, &Known::default());
        let printable = |letter: char| matches!(letter, '\n' | ' '..='~' | '\u{4e00}'..='\u{9fff}' | '\u{3001}' | '\u{3002}');
        assert!(view.text().chars().all(printable));
        assert!(view.document().is_ok());
    }
}

/// A request around each document, and an answer.
pub(crate) fn approval_files() -> Vec<Vec<u8>> {
    let (digest, signature) = ("a".repeat(64), "b".repeat(128));
    let mut seeds = Vec::new();
    for document in documents() {
        let inner = String::from_utf8_lossy(&document).into_owned();
        seeds.push(format!(r#"{{"intent":{inner},"policy_digest":"{digest}","signature":"{signature}","told":[{{"code":"policy.limit","text":"a \u001b[2J 限额"}}],"trust_root":"{digest}","v":1}}"#).into_bytes());
        seeds.push(
            format!(r#"{{"approval":{inner},"signature":"{signature}","v":1}}"#).into_bytes(),
        );
        seeds.push(document);
    }
    seeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_seed_is_shown_and_some_seed_is_an_answer() {
        let seeds = approval_files();
        let shown = seeds
            .iter()
            .filter_map(|seed| Request::from_canonical(seed).ok());
        assert!(
            shown
                .filter(|request| Checked::new(request, None, NOW_MS).is_ok())
                .count()
                > 0
        );
        assert!(
            seeds
                .iter()
                .any(|seed| Answer::from_canonical(seed).is_ok())
        );
    }
}
