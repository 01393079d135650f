//! QR codes (ISO/IEC 18004) of a secret that leaves on paper: for a terminal, or as SVG to print.

use jinku_secrets::Zeroizing;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::refusal::{Outcome, Refusal};

/// Light modules around the code.
const QUIET: i32 = 4;

fn code(text: &str) -> Outcome<QrCode> {
    QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| {
        Refusal::new(
            "export.format",
            format!(
                "a QR code cannot hold {} bytes; choose another format",
                text.len()
            ),
        )
    })
}

/// The code in half blocks, dark on light whatever the terminal's colours.
pub(crate) fn terminal(text: &str) -> Outcome<Zeroizing<Vec<u8>>> {
    let code = code(text)?;
    let size = code.size();
    let mut out = Zeroizing::new(String::with_capacity(
        ((size + 8) * (size + 8) * 2) as usize,
    ));
    for y in (-QUIET..size + QUIET).step_by(2) {
        out.push_str("\x1b[30;107m"); // black on white
        for x in -QUIET..size + QUIET {
            out.push(match (code.get_module(x, y), code.get_module(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        out.push_str("\x1b[0m\n");
    }
    Ok(Zeroizing::new(out.as_bytes().to_vec()))
}

/// The code as an SVG document.
pub(crate) fn svg(text: &str) -> Outcome<Zeroizing<Vec<u8>>> {
    let code = code(text)?;
    let side = code.size() + 2 * QUIET;
    let mut out = Zeroizing::new(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\n\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\""
    ));
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            out.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    out.push_str("\"/>\n</svg>\n");
    Ok(Zeroizing::new(out.as_bytes().to_vec()))
}
