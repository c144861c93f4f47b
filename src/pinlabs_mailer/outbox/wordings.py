"""How mail servers word what they mean: one pattern a meaning, for the table of `replies`. Pure.

Providers use one code for many things, so the words often decide. A pattern is searched for without
regard to case. None may say more than its meaning: what means a missing mailbox ends in a
suppression. Gaps are bounded, so that no text takes long, and stop where another thing
is spoken of: at the end of a sentence, at a code, at a host.
"""

_GAP = r"(?:(?![.;!] |\d\.\d\.\d|\b(?:host|domain)\b).){0,60}?"
_HOLDER = (
    r"(?:\b(?:users?|username|recipients?|rcpt|receiver|mail-? ?box|account|address|addressee|alias"
    r"|person|customer|subscriber|e-?mail|login|id|inbox)\b|[^\s@]@[\w.-]+)"
)
_A_HOLDER = (
    r"(?:virtual |local |final |delivery |destination |e-?mail |smtp |to )*"
    r"(?:users?|username|recipients?|rcpt|mail-? ?box|account|address|alias|person|customer"
    r"|local.?part"
    r"|e-?mail|login|(?:user ?)?id)\b"
)


def _any(*patterns: str) -> str:
    return "|".join(patterns)


RATE = r"\brate|too (many|fast|quickly)|throttl|TSS0|unusual|limit exceeded|temporarily deferred"

POLICY = _any(
    r"spam|block|blacklist|reputation|policy|listed|denied|not (allowed|authori[sz]ed)|banned",
    r"virus|infected|suspicious|unsolicited|junk|prohibited|forbidden|permission",
    r"\b(dnsbl|rbl|spf|dkim|dmarc|helo|ehlo)\b|rcpthosts|\brelay|reverse (dns|lookup)",
    r"content (reject|filter)|not a gateway",
)

SENDER = _any(
    r"\b(bad|invalid|unknown|unverified|illegal) sender",
    r"\bsender\b.{0,60}?\b(not |reject|refus|invalid|unknown|denied|block|verif|null|empty)",
    r"(verify|verifying|domain of) (the )?sender|callout|envelope (sender|from)",
    r"(bogus|invalid|bad|denied|in reply to|after) \W?MAIL FROM",
    r"MAIL FROM (command|not|is|address|domain|invalid)",
    r"^\W*from: |\bfrom: (domain|address)|accepting (mail|messages?) (from|with)",
)

OUR_SERVER = _any(
    r"\b(helo|ehlo)\b.{0,20}(reject|invalid|not |must|command)|\bin (helo|ehlo)\b",
    r"\b(spf|dkim|dmarc|ptr|rdns|hostname)\b|client host|reverse (dns|lookup)|\bip address\b",
    r"invalid DNS MX|\byour (domain|host|server|ip|email address)\b.{0,40}?"
    r"\b(is|was|has|does|not|block|reject|list|require)",
)
"""A refusal of whoever sends, which may speak of names that do not exist."""

FULL = _any(
    rf"(?:{_HOLDER}|\b(?:quota|storage|disk|folder|maildir)\b){_GAP}"
    r"\b(full\b(?! (details|report))|over ?(the |its |their )?(quota|limit|size|draft)|overquota"
    r"|exceed)",
    r"\bover (the |disk |mail |storage |allowed )*quota|quota.{0,20}(exceed|full|violat|reach)",
    r"reached .{0,20}(quota|limit)",
    r"exceed\w*.{0,30}(quota|storage|mail ?box|allocation)|mail ?box size limit|overquota",
    r"enough (disk )?space|space has been used up|too much mail\b|disk ?quota|mailfolder is full",
    r"out of (disk |storage )*(space|quota)|(space|quota|room) (is )?not enough|not been collected",
    r"too (many|much) (messages|mails?)\b.{0,30}(server|mail ?box|stored|account)|zuviele mails",
    r"(insufficient|not enough|no) (disk|storage|system storage|space|room)|\bfull mail ?box",
    r"(mailbox|postfach)[^.]{0,30}\bvoll|bo[iî]te.{0,30}pleine|casella.{0,30}piena",
    r"buz[oó]n.{0,30}lleno|skrzynk.{0,40}(pe[lł]n|przepe)|ящик.{0,40}(переполн|заполн)",
    r"(邮箱|信箱|郵箱).{0,10}满|空间不足",
)

NO_MAILBOX = _any(
    rf"{_HOLDER}{_GAP}(\b(not|never|n't) (been |be )*"
    r"(found|known|recogni[sz]ed|located|exists?|registered|valid|present|local)\b"
    r"|\b(does|do|did)(n'?t| ?not) (seem to )?(exist|match|have an?)\b|\bnon-?exist"
    r"|\bunknown\b|\binvalid\b|\b(isn'?t|not) (a |an )?(valid|known|registered|existing|active)\b"
    r"|\bnot (listed )?in .{0,30}(name|director|database)|\bnot listed\b"
    r"|\bdoes ?n[o']?t live here)",
    rf"\bunknown (or illegal )?{_A_HOLDER}|\bno (such |valid |known |matching )+{_A_HOLDER}",
    rf"\bnot an? (valid |known |local |such )*{_A_HOLDER}|{_HOLDER}[ _]unknown",
    rf"\bno {_A_HOLDER} (here|found|by (that|this)|with (that|this)|available)",
    rf"\b(invalid|nonexistent|non-existent|incorrect|unrecogni[sz]ed"
    rf"|bad)[ _](or unknown )?{_A_HOLDER}",
    r"user ?unknown|bad ?(rcpt|recipient)|valid ?rcpt ?to list|there is no(body| one) at this",
    r"\bno \S{1,40} in (the )?name directory|rejected recipients?$",
    r"^(?:(?!\b(?:host|domain|sender|mx|dns)\b).)*\bdoes(n'?t| not) exist",
    r"recip(ient)? ?not ?found|not our customer|unroutea?ble address|undeliverable address",
    r"addresses were unknown|unknown or non-?existent|no longer on (this )?server",
    r"(recipient|address|user) (address )?rejected\.?( \(in reply .{0,30})?\W*$",
    r"recipient not ok|\bno existe\b|nessun utente",
    r"requested (mail )?action (was )?(not taken|aborted)\W+(no such|mailbox (unavailable"
    r"|not found))",
    r"utilisateur (inconnu|non)|destinataire inconnu|utente (sconosciuto|non)",
    r"usuario (desconocido|no|inexistente)|usu[aá]rio (desconhecido|inexistente|n[aã]o)",
    r"unbekannter? (benutzer|empf)|(benutzer|empf\S{1,4}nger|postfach|adresse)\b.{0,40}?"
    r"(unbekannt|existiert nicht|nicht (gefunden|vorhanden|bekannt))",
    r"nie istnieje|nie ma takiego|не (существует|найден)|нет такого|unknown in local",
    r"(用户|用戶|收件人|邮箱|邮件地址|地址|账号|帐号).{0,8}(不存在|未找到|无效)|見つかりません|存在しません|リストにありません",
)

CLOSED = (
    r"inactive|disabled|deactivated|discontinued|closed|no longer|suspended"
    r"|(?<!temporarily )\b(not available|unavailable)"
)

CLOSED_MAILBOX = _any(
    rf"{_HOLDER}{_GAP}(?<!temporarily )\b(inactive|disabled|deactivated|discontinued|not active"
    r"|no longer|(is|was|been|currently) (closed|suspended|terminated|expired|cancell?ed|deleted"
    r"|removed|locked|frozen))\b",
    rf"\b(inactive|disabled|deactivated|closed|suspended|locked|expired|cancell?ed) {_A_HOLDER}",
    r"no longer (works?|employed|with|valid|active|available|accept|in use|receiv|exists?)",
    r"\bhas (left|moved)\b|\[suspend\]",
)

NO_DOMAIN = _any(
    r"\b(host|domain)\b( or domain)?( name)?(?:(?! said).){0,60}?"
    r"\b(not (be )?(found(?!, try again)|known|resolved|exist)|unknown|invalid"
    r"|(does ?n[o']?t|does not) exist)\b",
    r"\b(unknown|no such|invalid|nonexistent|non-existent|bad|illegal) (mail )?(host|domain)",
    r"(unknown|bad|invalid) destination (host|domain|system)|name or service not known|NXDOMAIN",
    r"(name service|dns) error.{0,80}(not found(?!, try again)|no data|non-?existent)",
    r"couldn'?t find any host",
    r"cannot find (the )?(host|domain)|no (mx|mail (server|exchanger))\b.{0,30}(record|found|for)",
    r"domain (must exist|is not reachable)|null mx|unroutea?ble (mail )?domain",
    r"all relevant MX records point|lowest numbered MX",
    r"(domain|host|server).{0,60}(does ?n[o']?t|does not) (accept|receive|handle) (any )?e?-?mail",
    r"(could|can) ?not be resolved|unable to (resolve|look ?up)|unresolvable|no valid hosts?\b",
)

AWAY = _any(
    r"time(d|s)? ?-?out|connect(ion)?\b.{0,20}(refused|reset|lost|closed|dropped|fail|expired)",
    r"unreachable|no route to host|not respond|(could|can)(n'?t| ?not) (connect|establish|contact)",
    r"not be (reached|contacted)|(unable|failed) to (connect|contact|establish)|lost connection",
    r"(delivery|message|retry|queue|time).{0,30}(expired|lifetime)|retry time|gave up|too old",
    r"(in|on) (the |our )?(mail )?queue|no answer from|try(ing)? again later|temporar",
    r"(server|service|system) (is )?(currently )?(down|busy|unavailable|not available)",
    r"network (error|problem)|delivered (with)?in \d|after \d+ (hours|days|attempts)",
    r"failed \d+ attempts|failing for a long time|name service error",
)

LOOP = r"too many hops|mail loop|looping|routing loop|loops? back|loop detected|hop count"

UNKNOWN_AT_MICROSOFT = r"recip(ient)? ?not ?found|user unknown"

UNKNOWN_BY_POLICY_CODE = (
    r"\bno such (user|mail-?box|recipient)|mail-?box not found|no mailbox found"
)
"""Some servers give 5.7.1 with the plainest words for a missing mailbox."""

DIRECTORY_BLOCK = r"recipient address rejected: access denied"
"""What Exchange Online answers with 5.4.1 for an address that its directory does not have."""

MALFORMED = r"malformed|RFC ?-?(2?822|5321|5322|2047)|(bad|invalid|duplicate|missing) header"

TOO_BIG = _any(
    r"\b(message|mail|content|attachment)\b.{0,40}?(too (big|large|long)|larger than)",
    r"\b(message|mail) size\b.{0,40}?(exceed|limit|over)|exceed\w*.{0,40}(message"
    r"|maximum).{0,10}size",
    r"maximum\b.{0,20}\bsize|\bmax (message |mail )?size|(?<!mailbox )size (limit )?exceed",
)
