# ruff: noqa: E501  # one payload beside the other, with letters that look like others
"""Texts that would run as a script if they were not shown as text: each calls hit() with its own number."""

from __future__ import annotations

from itertools import product

# {} is the call. Those that need a click or a focus run in the control only if it gives it; the others at once.
ELEMENTS = [
    "<script>{}</script>", "<ScRiPt>{}</sCrIpT >", "<script/x>{}</script>", "<img src=x onerror={}>",
    "<img/src='x'/onerror={}>", '<img src="x" onerror="{}">', "<IMG SRC=x ONERROR={}//", "<img src=x:x onerror\n=\n{}>",
    "<svg onload={}>", "<svg/onload={}>", "<svg><script>{}</script></svg>", "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><set onbegin={} attributeName=x>", "<body onload={}>", "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    '<iframe src="javascript:parent.{}"></iframe>', "<details open ontoggle={}><summary>x</summary></details>",
    "<video><source onerror={}></video>", "<video src=x onerror={}></video>", "<audio src=x onerror={}></audio>",
    "<input autofocus onfocus={}>", "<select autofocus onfocus={}></select>", "<textarea autofocus onfocus={}></textarea>",
    "<button autofocus onfocus={}>x</button>", "<a href=# autofocus onfocus={}>x</a>", "<marquee onstart={}>x</marquee>",
    "<object data='javascript:{}'></object>", "<embed src='javascript:{}'>", "<link rel=stylesheet href=x onerror={}>",
    "<style onload={}></style>", "<style>@import 'x';</style><img src=x onerror={}>", "<div contenteditable autofocus onfocus={}>x</div>",
    "<x tabindex=1 autofocus onfocus={}>x</x>", "<p style='animation:x' onanimationstart={}>x</p>",
    "<form action='javascript:{}'><button>x</button></form>", "<button formaction='javascript:{}' form=x>x</button>",
    "<math href='javascript:{}'>x</math>", "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<base href='javascript:{}//'>", "<div hx-on::load='{}' hx-trigger=load hx-get=/>x</div>",
    "<div hx-vals='js:{{a:{}}}' hx-get=/ hx-trigger=load>x</div>", "<div data-hx-get=/ data-hx-trigger='load[{}]'>x</div>",
    "<a href='javascript:{}'>x</a>", "<a href='java\tscript:{}'>x</a>", "<a href='&#106;avascript:{}'>x</a>",
    "<a href='\x01javascript:{}'>x</a>", "<a href='data:text/html,<script>{}</script>'>x</a>", "<a href='vbscript:{}'>x</a>",
    "<svg><a xlink:href='javascript:{}'><text>x</text></a></svg>", "<svg><use href='data:image/svg+xml,<svg onload={}>'/></svg>",
    "<template><script>{}</script></template><img src=x onerror={}>", "<noscript><img src=x onerror={}></noscript>",
]  # fmt: skip
MUTATIONS = [
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={}&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror={}>">', '<noscript><p title="</noscript><img src=x onerror={}>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror={}>", "<svg><style>&lt;img src onerror={}&gt;</style>",
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror={}></style></annotation-xml></math>',
    "<listing>&lt;img src=x onerror={}&gt;</listing>", "<xmp><img src=x onerror={}></xmp>", "<table><tr><td><svg onload={}>",
    "<select><template><img src=x onerror={}></template></select>", "<frameset onload={}>", "<plaintext><img src=x onerror={}>",
    "<!--><img src=x onerror={}>-->", "<![CDATA[><img src=x onerror={}>]]>", "<?xml ?><img src=x onerror={}>", "<//><svg onload={}>",
]  # fmt: skip
ENCODED = [
    "&lt;script&gt;{}&lt;/script&gt;", "&#60;img src=x onerror={}&#62;", "&#x3csvg onload={}&#x3e", "%3Cscript%3E{}%3C/script%3E",
    "%253Csvg onload={}%253E", "\\u003cscript\\u003e{}\\u003c/script\\u003e", "\\x3csvg onload={}\\x3e", "+ADw-script+AD4-{}+ADw-/script+AD4-",
    "＜script＞{}＜/script＞", "‹svg onload={}›", "<\u200bscript>{}</script>", "<s\u00adcript>{}</script>", "\u202e<svg onload={}>",
    "<ſcript>{}</ſcript>", "<ımg src=x onerror={}>", "\ufeff<svg onload={}>", "<svg\u2028onload={}>", "<img src=x on\u0065rror={}>",
]  # fmt: skip
MARKDOWN = [
    "[x](javascript:{})", "[x](JaVaScRiPt:{})", "[x](java&#x09;script:{})", "[x](  javascript:{})", "[x](<javascript:{}>)",
    "[x](data:text/html;base64,PHN2Zz4=#{})", "[x](vbscript:{})", "![x](x\"onerror=\"{})", "![x](javascript:{})", "<javascript:{}>",
    "[x]\n\n[x]: javascript:{}", "[x](http://a.example \"t\\\" onmouseover={} \")", "http://a.example/\"onmouseover=\"{}",
    "[a](http://a.example/'onmouseover='{})", "```\n<svg onload={}>\n```", "`<svg onload={}>`", "> <img src=x onerror={}>",
    "* <svg onload={}>", "[<img src=x onerror={}>](http://a.example)", "[x](https://a.example\" autofocus onfocus=\"{})",
    "**<svg onload={}>**", "[![x](x)](javascript:{})", "www.a.example\"><svg onload={}>", "mailto:a@b.example\"onclick=\"{}",
    "[x](mailto:a@b.example?subject=\"><svg onload={}>)", "1. <svg onload={}>", "\\<svg onload={}>", "[x](//a.example/<svg onload={}>)",
]  # fmt: skip
TEMPLATES = [
    "{{{{constructor.constructor('{}')()}}}}", "${{{}}}", "<%= {} %>", "#{{{}}}", "[[{}]]", "{{% if {} %}}", "{{{{ config }}}} {}",
    "{{{{''.__class__}}}}{}", "*{{{}}}", "@({})", "<div v-on:click='{}'>", "<div ng-app ng-init='{}'>", "<x x-init='{}'>",
]  # fmt: skip
BREAKOUTS = [
    '"',
    "'",
    "`",
    '">',
    "'>",
    "</title>",
    "</textarea>",
    "</script>",
    "-->",
    "</style>",
    "</option></select>",
    "]]>",
    '\\"',
    "&quot;>",
    ");//",
]
INNER = [
    " onmouseover={} x=", " autofocus onfocus={} x=", "<svg onload={}>", "<img src=x onerror={}>", "<script>{}</script>",
    " style=animation:x onanimationstart={} ", ";{}//", "<details open ontoggle={}>", "<iframe srcdoc='<script>parent.{}</script>'>",
    " accesskey=x onclick={} ", " hx-on::load={} hx-get=/ hx-trigger=load x=", "-{}-",
]  # fmt: skip
SHAPES = [
    *ELEMENTS,
    *MUTATIONS,
    *ENCODED,
    *MARKDOWN,
    *TEMPLATES,
    *("".join(pair) for pair in product(BREAKOUTS, INNER)),
]


def payload(number: int) -> str:
    """The text with this number."""
    call = f"hit({number})"
    return SHAPES[number].format(call, call)


PAYLOADS = [payload(number) for number in range(len(SHAPES))]
