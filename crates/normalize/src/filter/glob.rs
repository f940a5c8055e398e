//! Patterns of filters: globs of any text in any case that leave something.

use watchpost_model::Glob;

/// Reads a pattern. The fault says what is wrong and what would be right.
pub(super) fn glob(pattern: &str) -> Result<Glob, String> {
    if pattern.chars().all(|char| char == '*') {
        let way = "this matches everything: name a part of what shall be filtered";
        return Err(way.to_owned());
    }
    let backslashes = pattern.chars().rev().take_while(|char| *char == '\\');
    if backslashes.count() % 2 == 1 {
        let way = "the last `\\` stands before nothing: write `\\\\`";
        return Err(way.to_owned());
    }
    Glob::folded(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_say_the_way_out() {
        for wrong in ["", "*", "***", "[a", "[", "a\\", "[z-a]", "[!"] {
            let fault = glob(wrong).unwrap_err();
            assert!(
                fault.contains(':') || fault.contains("begins"),
                "{wrong}: {fault}"
            );
        }
    }

    #[test]
    fn braces_are_letters_and_backslashes_come_in_pairs() {
        assert!(glob("{a,b}*").unwrap().fits("{a,b} 7"));
        assert!(!glob("{a,b}*").unwrap().fits("a 7"));
        assert!(glob(r"a\\").unwrap().fits(r"a\"));
    }
}
