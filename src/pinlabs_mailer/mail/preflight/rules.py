"""All rules, family by family. docs/deliverability.md has the same list; a test compares them."""

from pinlabs_mailer.mail.preflight import (
    content,
    contrast,
    css,
    headers,
    list_headers,
    markup,
    signature,
    size,
    spam,
    structure,
    text_part,
    weblinks,
)
from pinlabs_mailer.mail.preflight.finding import Rule

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *headers.RULES,
    *list_headers.RULES,
    *signature.RULES,
    *content.RULES,
    *text_part.RULES,
    *markup.RULES,
    *css.RULES,
    *contrast.RULES,
    *weblinks.RULES,
    *size.RULES,
    *spam.RULES,
)
