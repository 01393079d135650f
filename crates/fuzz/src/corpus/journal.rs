//! Seeds of the journal's formats: the frozen files of `tests/snapshots/journal`.

use super::{Seeds, seeds, with_nasty};

macro_rules! frozen {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/snapshots/journal/", $name))
    };
}

const NOTE: &str = frozen!("checkpoint.note");

pub(crate) fn notes() -> Seeds {
    let short: Vec<&str> = NOTE
        .split_inclusive('\n')
        .filter(|l| l.len() < 300)
        .collect();
    with_nasty(seeds(&[NOTE, &short.concat(), "text\n\n— a AAAAAAA=\n"]))
}

pub(crate) fn checkpoints() -> Seeds {
    let text = NOTE.split("\n\n").next().unwrap_or_default();
    with_nasty(seeds(&[
        &format!("{text}\n"),
        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    ]))
}

pub(crate) fn vkeys() -> Seeds {
    let facts: serde_json::Value = serde_json::from_str(frozen!("facts.json")).unwrap_or_default();
    let lists = ["log", "witnesses"].map(|whose| facts["vkeys"][whose].as_array().cloned());
    let keys = lists.into_iter().flatten().flatten();
    with_nasty(
        keys.filter_map(|k| Some(k.as_str()?.as_bytes().to_vec()))
            .collect(),
    )
}

pub(crate) fn receipts() -> Seeds {
    let whole = frozen!("receipt.tlog-proof");
    let extra = whole.replacen("\nindex", "\nextra Y29udGV4dA==\nindex", 1);
    with_nasty(seeds(&[whole, &extra]))
}

pub(crate) fn submissions() -> Seeds {
    with_nasty(seeds(&[
        frozen!("add-checkpoint.txt"),
        &format!("old 0\n\n{NOTE}"),
    ]))
}

pub(crate) fn policies() -> Seeds {
    with_nasty(seeds(&[
        frozen!("witness-policy.txt"),
        "quorum none\n",
        "# \u{fc}\n\t quorum  none \n",
    ]))
}

pub(crate) fn trust_roots() -> Seeds {
    with_nasty(seeds(&[
        frozen!("trust-root-1.json"),
        frozen!("trust-root-2.json"),
    ]))
}

pub(crate) fn tile_paths() -> Seeds {
    with_nasty(seeds(&[
        "tile/0/000",
        "tile/3/x001/x234/067.p/17",
        "tile/entries/000.p/1",
        "tile/entries/x001/000",
    ]))
}

pub(crate) fn log_files() -> Seeds {
    let key = vkeys().into_iter().next().unwrap_or_default();
    let head = format!(
        "jinku-witness-log/1\nkey {}\n\n",
        String::from_utf8_lossy(&key)
    );
    with_nasty(seeds(&[&head, &format!("{head}{NOTE}")]))
}

pub(crate) fn http_heads() -> Seeds {
    with_nasty(seeds(&[
        "POST /add-checkpoint?x=1 HTTP/1.1\r\nHost: w\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n",
        "GET /status HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
    ]))
}
