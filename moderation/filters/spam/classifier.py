"""A small linear model of spam: text features, a probability, and online learning.

Pure: weights in, weights out. Storage and moderators' decisions are handled by the caller.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..text.data_files import FOLDER
from ..text.document import Text

Array = NDArray[np.float32]

BUCKETS = 1 << 14
#: Factor on the learning rate of buckets, which occur less often than measures.
BUCKET_PACE = 20
#: The learning rate: in trials, 40 decisions adapted the model to a site.
PACE = 0.2
VERSION = "5"

#: Features measured for every text, in the order of the weights.
MEASURES = (
    "always",
    "has_link",
    "links",
    "link_is_most_of_it",
    "capitals",
    "shouted_words",
    "digits",
    "exclamations",
    "signs",
    "length",
    "very_short",
    "long",
    "phrases",
    "second_person_order",
    "money",
    "repeats_words",
    "contact",
    "own_products",
    "go_to_mine",
    "follow_me",
    "following",
    "thumbs_up",
    "like_the_comment",
    "my_trade",
    "video_link",
    "other_link",
    "own_product_somewhere",
    "going",
    "pleas",
    "vote_if",
    "greets",
)


def _words(listed: str) -> frozenset[bytes]:
    return frozenset(listed.encode().split())


# Words are compared after punctuation is removed, so that "I'm" is "i" and "m".
_ORDERS = _words(
    "check subscribe visit click watch follow buy join order call contact message download sign add"
    " share like support help please earn win get vote"
)
_MINE = _words("my our ma mah")
_ME = _MINE | _words("me us im m ve we")
_PRODUCTS = _words(
    "account album app beat beats blog channel channels content cover covers facebook fb game"
    " gaming ig insta instagram link merch mixtape music page parody playlist profile raps remix"
    " shop site snapchat song songs store stream track tracks twitch twitter vid video videos vids"
    " website"
)
_GOING = _words("check click come find go hear listen look search see try view visit watch")
_FOLLOWING = _words(
    "follow follower followers sub subcribe subs subscribe subscribed subscriber subscribers"
    " subscribing suscribe sucscribe"
)
_TRADES = _words(
    "artist band beatmaker dancer dj gamer musician producer rap rapper sing singer songwriter"
    " vlogger youtuber"
)
_VOTES = _words("like likes share thumb thumbs upvote vote")
_PLEAS = _words("please pls plz")
_GREETINGS = _words("everyone guys hello hey hi")
_TELLING = (
    _ORDERS | _ME | _PRODUCTS | _GOING | _FOLLOWING | _TRADES | _VOTES | _PLEAS | _GREETINGS
) | _words("whatsapp telegram thumbs up comment if")
_SIGNS = b"!\"#%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PARTS = bytes(32 if code in _SIGNS or code < 32 else code for code in range(256))
_DIGITS = b"0123456789"
_CURLED = re.compile("[…“”‘’]")
# Thai, Lao, Khmer, Japanese and Chinese.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_READ = 4096
_WORDS = 800
_ANCHORS = re.compile(r"</?a(?:\s[^<>]{0,400})?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a text."""

    measures: Array
    #: Hash buckets of its words and word pairs; repeats count again.
    buckets: NDArray[np.intp]
    #: The numbers of all words and of different words.
    words: int
    unique: int
    #: The factor of each bucket's weight, so that long texts do not count for more.
    share: float


def features(text: Text, phrases: int = 0) -> Features:
    """Return the features of a text; words are read only from its beginning."""
    if "<a " in text.lower:
        # The text inside a link counts, its markup does not.
        text = Text(_ANCHORS.sub("", text.raw))
    lower = text.lower[:_READ]
    # Words are bytes here: they can be split, counted and hashed without decoding.
    if not lower.isascii():
        lower = _CURLED.sub("'", lower)
        # In scripts without spaces each character is a word, so pairs of words are bigrams.
        lower = _UNSPACED.sub(r"\g<0> ", lower)
    raw = lower.encode("utf-8", "surrogatepass")
    words = raw.translate(_PARTS).split()
    count = len(words)
    unique = set(words)
    # Few words are used as features; the tests below only need those.
    present = _TELLING.intersection(unique)
    size = max(1, len(raw))
    capitals = text.capitals
    length = len(text.clean)
    links = text.links
    linked, video = 0, False
    for link in links:
        linked += link.span[1] - link.span[0]
        video = video or "youtu" in link.host
    says_my = not _MINE.isdisjoint(present)
    me = says_my or not _ME.isdisjoint(present)
    going = not _GOING.isdisjoint(present)
    following = not _FOLLOWING.isdisjoint(present)
    voting = not _VOTES.isdisjoint(present)
    own_product = says_my and not _PRODUCTS.isdisjoint(present)
    measures = np.fromiter(
        (
            1.0,
            1.0 if links else 0.0,
            math.log1p(len(links)),
            min(1.0, linked / max(1, length)),
            capitals,
            1.0 if capitals > 0.5 and length > 20 else 0.0,
            min(1.0, 5.0 * (len(raw) - len(raw.translate(None, _DIGITS))) / size),
            min(1.0, raw.count(b"!") / 4),
            min(1.0, 4.0 * (len(raw) - len(raw.translate(None, _SIGNS))) / size),
            math.log1p(length) / 6.0,
            1.0 if length < 25 else 0.0,
            1.0 if length > 200 else 0.0,
            min(3.0, float(phrases)),
            min(1.0, len(_ORDERS.intersection(present)) / 3),
            1.0 if b"$" in raw or "€" in lower or "£" in lower else 0.0,
            1.0 - len(unique) / count if count > 8 else 0.0,
            1.0 if b"@" in raw or b"whatsapp" in present or b"telegram" in present else 0.0,
            0.5 * min(2, _own_products(words)) if own_product else 0.0,
            0.5 * (says_my and going),
            0.5 * (me and following),
            0.5 * following,
            0.5 * (b"thumbs" in present and b"up" in present),
            0.5 * (voting and b"comment" in present),
            0.5 * (me and not _TRADES.isdisjoint(present)),
            0.5 * video,
            0.5 * (bool(links) and not video),
            0.5 * own_product,
            0.5 * going,
            0.5 * (not _PLEAS.isdisjoint(present)),
            0.5 * (voting and b"if" in present),
            0.5 * (me and not _GREETINGS.isdisjoint(present)),
        ),
        np.float32,
        len(MEASURES),
    )
    # Words and pairs share one array: each NumPy call costs as much as handling one word.
    single = min(count, _WORDS)
    hashes = np.empty(max(0, 2 * single - 1), np.uint32)
    hashes[:single] = np.fromiter(map(crc32, words[:_WORDS]), np.uint32, single)
    pairs = hashes[single:]
    np.multiply(hashes[: len(pairs)], _STEP, out=pairs)
    pairs ^= hashes[1 : len(pairs) + 1]
    hashes ^= hashes >> _FOLD
    hashes *= _MIX
    hashes >>= _KEEP
    buckets = hashes.astype(np.intp)
    return Features(measures, buckets, count, len(unique), 1.0 / math.sqrt(max(1, buckets.size)))


def _own_products(words: list[bytes]) -> int:
    """Return the number of products after "my", directly or with one word between."""
    found = 0
    for index, word in enumerate(words):
        if word in _MINE and not _PRODUCTS.isdisjoint(words[index + 1 : index + 3]):
            found += 1
    return found


_STEP, _FOLD, _MIX = np.uint32(0x01000193), np.uint32(15), np.uint32(0x9E3779B1)
_KEEP = np.uint32(32 - 14)


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned weights; immutable, so an update returns a new object."""

    measures: Array
    buckets: Array
    #: Sums of squared steps (AdaGrad): weights that moved often move less.
    moved_measures: Array
    moved_buckets: Array

    def score(self, seen: Features) -> float:
        """Return the probability of spam."""
        total = float(self.measures @ seen.measures)
        if seen.buckets.size:
            total += seen.share * float(np.add.reduce(self.buckets.take(seen.buckets)))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    def update(self, seen: Features, spam: bool, rate: float = PACE) -> "Weights":
        """Return the weights after learning from one decision."""
        error = self.score(seen) - (1.0 if spam else 0.0)
        measures, moved_measures = self.measures.copy(), self.moved_measures.copy()
        step = np.float32(error) * seen.measures
        moved_measures += step * step
        measures -= np.float32(rate) * step / np.sqrt(moved_measures + np.float32(1.0))
        buckets, moved_buckets = self.buckets.copy(), self.moved_buckets.copy()
        places, counts = np.unique(seen.buckets, return_counts=True)
        pull = np.float32(error * seen.share) * counts.astype(np.float32)
        moved_buckets[places] += pull * pull
        buckets[places] -= (
            np.float32(rate * BUCKET_PACE) * pull / np.sqrt(moved_buckets[places] + np.float32(1.0))
        )
        return Weights(measures, buckets, moved_measures, moved_buckets)


def blank() -> Weights:
    """Return untrained weights."""
    return Weights(
        np.zeros(len(MEASURES), np.float32),
        np.zeros(BUCKETS, np.float32),
        np.zeros(len(MEASURES), np.float32),
        np.zeros(BUCKETS, np.float32),
    )


def save(weights: Weights) -> bytes:
    """Return the serialised weights: measures exactly, buckets quantised to 255 steps."""
    scale = float(np.abs(weights.buckets).max()) / 127 or 1.0
    steps = np.round(weights.buckets / scale).astype(np.int8)
    head = np.concatenate([np.array([scale], np.float32), weights.measures])
    return head.astype("<f4").tobytes() + steps.tobytes()


def load(shipped: bytes) -> Weights:
    """Return the weights from the output of `save`."""
    size = 4 * (1 + len(MEASURES))
    head = np.frombuffer(shipped[:size], "<f4").astype(np.float32)
    steps = np.frombuffer(shipped[size:], np.int8).astype(np.float32)
    empty = blank()
    return Weights(head[1:], steps * head[0], empty.moved_measures, empty.moved_buckets)


@cache
def prior() -> Weights:
    """Return the shipped weights, before any decision of a site."""
    return load((FOLDER / "spam.bin").read_bytes())
