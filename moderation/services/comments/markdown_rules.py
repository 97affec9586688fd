"""Rules of Markdown under which a comment loses nothing that was typed.

CommonMark cuts off deep lists, renumbers them, hides titles and reads emoticons and sums
as markup. Readers must see the text that the author typed and the moderators judged.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, emphasis, escape, strikethrough
from markdown_it.token import Token

from moderation.domain.writing import is_unspaced
from moderation.filters.text.document import Text

#: Levels of lists (two each) and quotes; deeper ones stay text in the deepest.
DEEPEST = 10
#: The parser reads no block at this level: a list at the deepest level has its items below it.
MAX_NESTING = DEEPEST + 2

#: In place of a `>` that is no quote; a noncharacter, which no text has.
_NO_QUOTE = "\ufdd1"
_FACE = re.compile(
    r"(?<![^\s>])>(?="
    r"(?:[:;=8xX]['’]?[-o^]?[()\[\]{}|/\\DPOSsc<>3*@]|[-._wou]{1,3}[<>])(?:[\s.,!?]|\Z)"
    r"|=\s?[\w.-])"
)
_NUMBER = re.compile(r"\d+")
# A line drawn of stars or dashes, which would be lists of nothing in each other.
_LINE = re.compile(r"(?:[-*+][ \t]*+){3,}+\Z")
_SHRUG = re.compile(r"\\{1,2}(_\([^\n()\\]{1,8}\))\\?(_/)")

_BlockRule = Callable[[StateBlock, int, int, bool], bool]
_InlineRule = Callable[[StateInline, bool], bool]


def install(markdown: MarkdownIt) -> None:
    """Put the rules in place of those of the same names."""
    markdown.options["maxNesting"] = MAX_NESTING
    block, inline, core = markdown.block.ruler, markdown.inline.ruler, markdown.core.ruler
    containers = ["paragraph", "reference", "blockquote"]
    block.at("list", _pointed(_bounded(list_block)), {"alt": containers})
    block.at("blockquote", _bounded(blockquote), {"alt": [*containers, "list"]})
    block.before("blockquote", "answer", _answer, {"alt": ["blockquote"]})
    inline.at("escape", _escape)
    inline.at("emphasis", _between_words(emphasis.tokenize))
    inline.at("strikethrough", _between_words(strikethrough.tokenize))
    core.push("whole", _whole)


def faces_hidden(text: str) -> str:
    """Return the text with each `>` of an emoticon or a comparison hidden from the parser."""
    return _FACE.sub(_NO_QUOTE, text) if ">" in text else text


def faces_shown(html: str) -> str:
    """Return the HTML with the hidden signs shown."""
    return html.replace(_NO_QUOTE, "&gt;")


# Blocks


def _bounded(rule: _BlockRule) -> _BlockRule:
    def bounded(state: StateBlock, line: int, end: int, silent: bool) -> bool:
        # A line further left belongs to a list around, and ends the paragraph.
        if state.level >= DEEPEST and not (silent and state.sCount[line] < state.blkIndent):
            return False
        return rule(state, line, end, silent)

    return bounded


def _pointed(rule: _BlockRule) -> _BlockRule:
    def pointed(state: StateBlock, line: int, end: int, silent: bool) -> bool:
        begin = state.bMarks[line] + state.tShift[line]
        number = _NUMBER.match(state.src, begin, state.eMarks[line])
        # "2019. What a year." and "007. Bond" begin with a year and a name.
        if number is not None and (len(number[0]) > 3 or number[0][0] == "0" != number[0]):
            return False
        if number is None and _LINE.match(state.src[begin : state.eMarks[line]]):
            return False
        return rule(state, line, end, silent)

    return pointed


def _answer(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """End a quote at the first line without its sign: that is where the answer begins."""
    # Only a quote asks silently.
    return silent


# Within lines


def _escape(state: StateInline, silent: bool) -> bool:
    """Take a backslash away only where it keeps a sign from being markup."""
    source, place = state.src, state.pos
    if source[place] != "\\":
        return False
    shown, behind = "", place
    shrug = _SHRUG.match(source, place, state.posMax) if source[place - 1 : place] == "¯" else None
    if shrug is not None:
        shown, behind = f"\\{shrug[1]}{shrug[2]}", shrug.end()
    elif source.startswith("\n", place + 1):
        # The line breaks anyway; this may be the end of a path.
        shown, behind = "\\", place + 1
    elif source.startswith("\\", place + 1) and source[place + 2 : place + 3].isalnum():
        # A machine on a network.
        shown, behind = "\\\\", place + 2
    if not shown:
        return escape(state, silent)
    if not silent:
        state.append_pending(shown)
    state.pos = behind
    return True


def _between_words(rule: _InlineRule) -> _InlineRule:
    def between_words(state: StateInline, silent: bool) -> bool:
        source, place = state.src, state.pos
        marker = source[place]
        if silent or marker not in "*~":
            return rule(state, silent)
        behind = place + 1
        while behind < state.posMax and source[behind] == marker:
            behind += 1
        before, after = source[place - 1 : place], source[behind : min(behind + 1, state.posMax)]
        # 2*3*4, sh*t and f*ck
        if before.isalnum() and after.isalnum() and not is_unspaced(before + after):
            state.append_pending(source[place:behind])
            state.pos = behind
            return True
        return rule(state, silent)

    return between_words


# Text that a tag would hide


def _whole(state: StateCore) -> None:
    """Show numbers, labels of code, titles and the addresses of links without a text."""
    shown: list[Token] = []
    lists: list[list[Token]] = []
    for token in state.tokens:
        if token.type == "ordered_list_open" or token.type == "bullet_list_open":
            lists.append([])
        elif token.type == "list_item_open":
            lists[-1].append(token)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            _numbered(lists.pop())
        elif token.type == "fence" and token.info.strip():
            shown += _paragraph(token.info.strip())
            token.info = ""
        elif token.type == "inline" and token.children:
            token.children = _links_shown(token.children)
        shown.append(token)
    state.tokens = shown


def _numbered(items: list[Token]) -> None:
    """Keep the numbers of a list that does not simply go on counting."""
    numbers = [int(item.info) for item in items if item.info]
    # Writing each number as 1 leaves the counting to the list.
    if len(set(numbers)) < 2:
        return
    for (before, number), item in zip(pairwise(numbers), items[1:], strict=True):
        if number != before + 1:
            item.attrSet("value", str(number))


def _paragraph(text: str) -> list[Token]:
    inline = Token("inline", "", 0, content=text, children=[Token("text", "", 0, content=text)])
    return [Token("paragraph_open", "p", 1), inline, Token("paragraph_close", "p", -1)]


def _links_shown(children: list[Token]) -> list[Token]:
    shown: list[Token] = []
    title = address = ""
    is_empty = False
    for token in children:
        if token.type == "link_open":
            address = str(token.attrs.get("href", ""))
            title = str(token.attrs.pop("title", ""))
            is_empty = True
        elif token.type == "link_close":
            if is_empty and address:
                shown.append(Token("text", "", 0, content=address))
            is_empty = False
        elif is_empty and Text(token.content).clean.strip():
            is_empty = False
        shown.append(token)
        if token.type == "link_close" and title:
            shown.append(Token("text", "", 0, content=f" ({title})"))
            title = ""
    return shown
