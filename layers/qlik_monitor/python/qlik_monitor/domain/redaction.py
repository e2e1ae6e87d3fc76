"""Redaction: what must not leave in a prompt, a message or a page is blotted out first.

It prefers to blot too much: a lost word costs a little evidence, a lost password a database.
"""

import re

BLOT = "[redacted]"
# Part of a longer name too, as in db_password; a short one only as a word of its own.
_SECRET_NAME = (
    # the ARN of a secret, after an account's number, gives nothing away
    r"(?<!\d{12}:)(?:password|passwd|passphrase|pwd|secret(?!smanager)|token|api[_-]?key|access[_-]?key|account[_-]?key|"
    r"private[_-]?key|subscription[_-]?key|session_?id|credential|"
    r"(?<![a-z0-9])(?:sas|sig|pass)(?![a-z0-9]))\w*"
)
# Quoted whole, quoted and cut off, in an ODBC driver's braces, or bare; a comma ends a bare one
# only where another name and its "=" follow.
_BARE = r"[^\s;,&)\"']"
_TAIL = rf"{_BARE}*(?:[)\"'](?=\w){_BARE}*)*(?:,[^\s;,&)\"'=]++(?!=))*"
_VALUE = (
    rf"(?:\\\"(?:[^\"\\]|\\(?!\"))*\\\"|\"(?:[^\"\\]|\\.)*\"|'[^']*'|\{{(?:[^}}]|\}}\}})*\}}){_TAIL}|"
    rf"[\"']\S*|{_BARE}{_TAIL}"
)
# What messages say of a password that is no password.
_NO_SECRET = (
    r"(?:not|no|never|wrong|invalid|incorrect|correct|valid|expired|expiring|about|empty|blank|"
    r"null|missing|required|needed|too|being|been|locked|changed|reset|set|unset|only|also|still|"
    r"now|already|unknown|weak|different|the|a|an|that|this|your|in|on|of|to|for|by|from|with|"
    r"without|longer|shorter|older|unavailable|disabled|encrypted|stored|used|hidden|masked|"
    r"rotated|updated|supplied|given|provided|specified|configured|present|absent|mandatory|"
    r"optional|case|rejected|refused|denied|accepted|going|it|ok|"
    r"authentication|unauthori[sz]ed|forbidden|permission|insufficient|licen[cs]e|certificate|failed|"
    r"failure|error)(?!\w)"
)
_FORMS = (
    r"sk-[A-Za-z0-9_-]{16,}",  # OpenAI
    r"(?:AKIA|ASIA)[0-9A-Z]{16}",  # AWS
    r"eyJ[\w-]{10,}(?:\.[\w-]+){0,2}\.?",  # a JSON web token, even cut off
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}",
    r"xox[abeoprs]-[\w-]{10,}",  # Slack
    r"AIza[\w-]{30,}|ya29\.[\w-]{10,}",  # Google
    r"[A-Za-z0-9+/]{86}==",  # an Azure storage key
)
_PATTERNS = (
    re.compile(
        r"()(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]{0,30}-----|\Z))"
    ),
    # name = value, name: value, in any quoting; MySQL's "using password: YES" says nothing
    re.compile(
        rf"(?i)({_SECRET_NAME}\\?[\"']?\s*(?:[=:]>?|%3d)\s*)(?!(?:yes|no)\b)"
        # "password: expired" is what an error's class is read from, and no password
        rf"(?!(?<=:\s)(?:{_NO_SECRET}|ORA-\d{{4,5}})(?=[;,.:)]*(?:\s|$)))({_VALUE})"
    ),
    re.compile(rf"(?i)(<{_SECRET_NAME}(?:\s[^<>]*)?>)([^<]+)"),
    re.compile(
        r"(?i)((?:password|passwd|passphrase|secret|token|(?:api|access|account)[\s_-]?key)\s+(?:is|was)\s+)"
        rf"(?!{_NO_SECRET})(\"[^\"]*\"[^\s;,]*|'[^']*'[^\s;,]*|[^\s;,]+)"
    ),
    re.compile(r"(?i)((?:password|passwd|pwd)\s+)(\"[^\"]+\"|'[^']+')"),
    re.compile(r"(?i)((?:set-)?cookie\s*:\s*)([^\r\n]+)"),
    re.compile(
        r"(?i)(identified\s+by\s+(?:values\s+)?)(\"[^\"]*\"[^\s;,]*|'[^']*'[^\s;,]*|[^\s;,]+)"
    ),
    # arguments of a command line; -p is as often a port
    re.compile(r"(?i)(?<![\w-])(--pass(?:word|wd|phrase)?[=\s]\s*)(\"[^\"]*\"\S*|'[^']*'\S*|\S+)"),
    re.compile(r"(?<![^\s\"'(])(-[pP]\s+)(?!\d{1,5}(?:[:\s,;]|$))(\"[^\"]*\"\S*|'[^']*'\S*|\S+)"),
    re.compile(r"(?<![^\s\"'(])(-p)(?=[^\s\d]*\d)(?!\d+(?!\S))([^\s=]{5,})"),
    # user:password@host of a URL, and without one; a port may stand in the password's place
    re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,30}://[^\s:/@]*:)(?!\d{1,5}[/?#])([^\s\"'<>]+)(?=@)"),
    re.compile(r"(?i)(?<![\w./-])((?!mailto:)[a-z_][\w.$#-]{0,60}:)([^\s@/:]+)(?=@[\w\[])"),
    # user/password@service of Oracle, or of its tools
    re.compile(r"(?i)(\b(?:sqlplus|sqlldr|expdp|impdp|rman)\s+[\w$#]{1,128}/)([^\s@]+)"),
    re.compile(
        r"(?<![\w/.-])([A-Za-z][\w$#]{0,127}/)(\"[^\"]*\"|[^\s/@][^\s@]{0,127})(?=@[\w(/\[])"
    ),
    re.compile(r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic)\s+)?)([^\s\"',;]+)"),
    # not "basic authentication"
    re.compile(
        r"\b((?i:bearer|basic)\s+)(?![A-Za-z]?[a-z]+(?![\w.~+/=-]))([A-Za-z0-9._~+/=-]{8,})"
    ),
    re.compile(rf"()(?<![A-Za-z0-9])({'|'.join(_FORMS)})"),
)


def redact(text: str) -> str:
    """Blot out passwords, tokens and keys that a text gives away."""
    for pattern in _PATTERNS:
        text = pattern.sub(lambda match: f"{match.group(1)}{BLOT}", text)
    return text
