//! The token of NHS MESH's mailbox API, as anybody at the inside port may send it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_gateway::inside::mesh::token::Token;

fuzz_target!(|text: &str| {
    let Some(token) = Token::parse(text) else { return };
    assert!(!token.mailbox.is_empty() && !token.mailbox.contains([':', ' ']));
    assert!(!token.is_by("a password nobody has", "a shared key nobody has"), "nobody made this");
});
