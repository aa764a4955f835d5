//! The style that keeps the end of a value.

/// What hides a secret of which nothing may stay.
const HIDDEN: &str = "********";

/// Keeps separators and the last `keep` characters, at most half of all; see
/// [`mask_value`](super::mask_value).
pub(super) fn partial(entity: &str, value: &str, keep: u8) -> String {
    if matches!(entity, "PASSWORD" | "URL_PASSWORD" | "PRIVATE_KEY") {
        return HIDDEN.to_owned();
    }
    let total = value.chars().filter(|c| !is_separator(*c)).count();
    // A value of nothing but separators is all value.
    let keeps_shape = total > 0;
    let keep = usize::from(keep).min(total / 2);
    // Of an e-mail address the local part is the person.
    let visible_from = match (entity, value.rfind('@')) {
        ("EMAIL_ADDRESS", Some(at_sign)) => at_sign,
        _ => 0,
    };
    let mut masked = Vec::with_capacity(value.len());
    let mut kept = 0;
    for (index, character) in value.char_indices().rev() {
        let stays = if is_separator(character) {
            keeps_shape
        } else if kept < keep && index >= visible_from {
            kept += 1;
            true
        } else {
            false
        };
        masked.push(if stays { character } else { '*' });
    }
    masked.iter().rev().collect()
}

/// What gives a value its shape and says nothing. Quotes, brackets and line ends are no separators:
/// they could break the document around the value.
fn is_separator(character: char) -> bool {
    matches!(
        character,
        ' ' | '-' | '.' | '/' | '@' | '(' | ')' | ':' | '+' | ',' | '_'
    )
}

#[cfg(test)]
mod tests {
    use super::partial;

    #[test]
    fn keeps_the_end_and_the_shape() {
        let cases = [
            (
                "CREDIT_CARD",
                "4111 1111 1111 1234",
                4,
                "**** **** **** 1234",
            ),
            ("CREDIT_CARD", "4111111111111234", 4, "************1234"),
            ("US_SSN", "078-05-1120", 4, "***-**-1120"),
            (
                "EMAIL_ADDRESS",
                "jane.doe@example.com",
                4,
                "****.***@******e.com",
            ),
            (
                "EMAIL_ADDRESS",
                "jane.doe@example.com",
                200,
                "****.***@**ample.com",
            ),
            (
                "EMAIL_ADDRESS",
                "someone.rather.long@x.io",
                9,
                "*******.******.****@x.io",
            ),
            ("PHONE_NUMBER", "+44 20 7946 0958", 2, "+** ** **** **58"),
            ("COLUMN", "abc", 4, "**c"),
            ("COLUMN", "a", 4, "*"),
            ("COLUMN", "", 4, ""),
            ("COLUMN", "--", 4, "**"),
            ("COLUMN", "Zoë Müller", 3, "*** ***ler"),
            ("PASSWORD", "hunter2", 4, "********"),
        ];
        for (entity, value, keep, expected) in cases {
            let masked = partial(entity, value, keep);
            assert_eq!(masked, expected, "{entity} {value}");
            assert_eq!(
                partial(entity, &masked, keep),
                masked,
                "again: {entity} {value}"
            );
        }
    }
}
