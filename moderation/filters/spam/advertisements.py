"""Advertisements in ordinary prose, recognised by a seller's voice and promises."""

import re

from moderation.domain.judgement import Span

#: The seller speaks of himself. People who own nothing do not write "our shop ships".
_VOICE = re.compile(
    r"\b(?:(?:our|my) (?:\w+ )?(?:compan(?:y|ies)|business|firm|agency|shop|store|studio|clinic"
    r"|academy"
    r"|writers|experts|specialists|technicians|fitters|prices|customers|clients|catalogue|catalog"
    r"|platform|services|products|website|showroom|workshop|salon)"
    r"|(?:we|i) (?:(?:also|can|will|now|have) )?(?:sell|ship|deliver|install|repair|fit|clean"
    r"|restore|translate|design"
    r"|build|write|rank|supply|offer|provide|lend|issue|handle|print|stock|specialise"
    r"|specialize)\b"
    r"|(?:i|we) run an? (?:little |small )?\w+ (?:in|near|for|and|outside)"
    r"|looking for an? (?:reliable|trusted|cheap|good|professional|affordable) [\w ]{3,30}\?"
    r"|(?:need|want|tired of|struggling with)(?: \w+){1,6}\? )"
)
_PROMISES = tuple(
    re.compile(rf"\b(?:{words})\b")
    for words in (
        # The price.
        r"from (?:only |just )?(?:[$€£]\d+|\d+ (?:pounds|euros|dollars))|(?:reasonable|fair|low"
        r"|lowest|competitive"
        r"|affordable|great|best|unbeatable|fixed) (?:rates?|prices?)|affordable|inexpensive"
        r"|half the (?:usual )?price"
        r"|discounts?|per ?cent off|special offer|a (?:tenth|third|quarter) (?:off|of the price)"
        r"|hard to beat",
        # Nothing to pay at first.
        r"free of charge|no obligation|at no (?:extra )?cost|free (?:visit|quote|quotes|estimate"
        r"|survey|consultation|sample"
        r"|samples|trial|demo|delivery|shipping)|nothing for the|no (?:fee|upfront|hidden)"
        r"|pay (?:only )?(?:after|later|on delivery)",
        # Delivery.
        r"(?:all over|across) (?:the )?(?:country|county|uk|europe|world|emirates)|worldwide"
        r"|nationwide|to your door"
        r"|same[- ]day|next[- ]day|within (?:\d+|one|two|three) (?:hours|days)|in (?:one|two"
        r"|three|\d+) (?:hours|days)",
        # Trust.
        r"guaranteed?|certified|licensed and insured|fully insured|trusted|years of experience"
        r"|since (?:19|20)\d\d"
        r"|(?:thousands?|hundreds|\d[\d,]+) (?:of )?(?:happy |satisfied )?(?:customers|clients"
        r"|families|buyers|people)"
        r"|money (?:back|returned)|no questions|discre(?:et|tion)|top quality|high[- ]quality"
        r"|look no further",
        # Reaching the seller.
        r"(?:call|text|mail|e-?mail|message|contact|ring|dm|whatsapp|visit) (?:us|me|our|now"
        r"|today)|get in touch|ask for (?:a|our|the|my) (?:price|quote|catalogue|catalog|list"
        r"|number)"
        r"|book (?:now|with|your|a)|write to us|drop us|our (?:page|website|site|catalogue|shop"
        r"|number)|find us|order (?:at|from|by|through|via)|in our (?:online )?shop",
        # Haste.
        r"this (?:week|month) only|only this (?:week|month)|until (?:the end of )?(?:january"
        r"|february|march|april|may|june|july|august|september|october|november|december|sunday"
        r"|friday)"
        r"|(?:places|places are|spaces|slots are) (?:limited|going fast)|still (?:open|available"
        r"|free)|while stocks? lasts?|hurry|readers of this",
    )
)
#: Honest invitations use the same words for a good cause.
_CAUSE = re.compile(
    r"\b(?:volunteers?|donat\w+|charity|blood|parish|church|library|petition|council|museum"
    r"|clean-?up|food ?bank"
    r"|non-?profit|fundrais\w+|allotments?|vaccin\w+|jab|hospice|community centre|scouts)\b"
)
#: Stories and requests of known kinds: a text with all parts of one is spam of that kind.
#: Each begins with literal words, in groups of which each must be met: looking for those is fast.
_KINDS = tuple(
    (
        tuple(group.split("|") for group in anchors.split("&")),
        tuple(re.compile(rf"(?<![^\W_])(?:{part})(?![^\W_])") for part in parts),
    )
    for anchors, *parts in (
        # A success story that names a trader.
        (
            r"trading|trader|trade |trades|crypto|bitcoin|btc|ethereum|usdt|forex| fx|invest"
            r"|portfolio|signals",
            r"thanks to|guidance|guided|help of|strateg(?:y|ies) of|tips|mentor\w*|recommend\w*"
            r"|coach|adviser|advisor|manager|broker|shout ?out|introduced me|with (?:mrs?|ms"
            r"|miss|dr|madam|expert)|under (?:her|his|their)|trusted|program|platform|her name"
            r"|his name",
            r"trad(?:e|es|ing|er|ers)|crypto\w*|bitcoin|btc|ethereum|usdt|forex|fx|invest\w*"
            r"|portfolio|assets?|signals",
            r"made|earn(?:s|ed|ing)?|profits?|profitable|returns|withdr[ae]w\w*|took out"
            r"|cashed out|passive income|(?:six|five|seven) figures|grow[ns]?|grew|doubled"
            r"|tripled|financial(?:ly)? (?:free|freedom|independen\w+)|gains|weekly|winning",
            r"i|my|me|i'm|i've",
            r"[$€£]? ?\d[\d,.]*k?(?: (?:usd|dollars|euros|btc|%|percent))?|weeks?|months?"
            r"|millionaire|successful|telegram|whats ?app|instagram|look (?:her|him)|contact"
            r"|reach",
        ),
        # Lost money that a hacker or an agent got back.
        (
            r"recover|retriev|got back|brought back|gave back|got my|got it|got everything"
            r"|got all|traced|refund|reclaim",
            r"lost|stolen|scammed|cheated|defrauded|hacked|fake (?:broker|exchange|investment"
            r"|platform)",
            r"recover(?:ed|y)?|retrieved?|got back|brought back|(?:got|brought|gave) (?:it"
            r"|my \w+|everything|all of it) back|trace\w*|refund(?:ed)?|reclaim(?:ed)?",
            r"hackers?|wizards?|expert|experts|specialists?|recovery|agents?|agency|team|firm"
            r"|lawyer|wizard|cyber|tech",
            r"contact\w*|reach(?: out)?|e?mail|whats ?app|telegram|recommend\w*|thanks to"
            r"|thank you|legit|trusted|write to|helped me|saved me|god bless|within \d+ hours"
            r"|[\w.]+@[\w.]+",
        ),
        # A job without a trade.
        (
            r"from home|at home|part time|part-time|parttime|remote|on your phone|laptop"
            r"|computer|hours a day|hour a day|hours per day|side job|side hustle|side income"
            r"|online job|online work|no experience|on my phone|on her phone|on the phone"
            r"|on a phone",
            r"(?:from|at) home|part[- ]?time|remote(?:ly)?|on (?:your|the|a|her|his|my) (?:phone"
            r"|laptop|computer)|hours? (?:a|per) day|side (?:job|hustle|income)|online (?:job"
            r"|work)|no experience",
            r"(?:[$€£] ?)?\d[\d,.]* ?(?:dollars|euros|pounds|usd|[$€£])?(?: (?:a|per|an|every"
            r"|each)|/) ?(?:hour|hr|day|week|month)|\d[\d,.]* hourly|paid (?:daily|weekly"
            r"|out daily)|daily pay(?:ment)?|salary|income",
            r"contact|message|apply|whats ?app|telegram|dm|inbox|write (?:to )?(?:me|us)"
            r"|interested|no experience|hiring|recruit\w*|vacanc\w+|start (?:now|today|at once)"
            r"|here is how|last (?:month|week)|pay ?check|no boss|limited|register",
        ),
        # Praise that fits any page, and then the business of who praises.
        (
            r" services| service |solutions|agency|company|clinic|movers|contractor|consultant"
            r"|developer|supplier|rental| tours|academy| experts|visit|see my|see our|check out"
            r"|explore|browse|our |my site|my page|my blog|my website|my shop|my store|we at "
            r"|we offer|trusted|http&great|nice|wonderful|excellent|fantastic|amazing|awesome"
            r"|superb|insight|informative|valuable|helpful|useful|inspiring|brilliant"
            r"|well-written|well written|engaging|provoking|for sharing|for posting"
            r"|thanks for this|thank you for this|resonates|highlights|perfectly",
            r"(?:great|nice|wonderful|excellent|fantastic|amazing|awesome|superb|insightful"
            r"|informative|valuable|helpful|useful|inspiring|brilliant|well[- ]written|engaging"
            r"|thought[- ]provoking) (?:\w+ ){0,2}(?:blog|article|post|site|website|info"
            r"|information|read|write[- ]?up|content|piece|insights?|overview|page)|thank(?:s"
            r"| you) for (?:sharing|posting|this|the (?:great|informative|valuable))"
            r"|this (?:article|post) (?:resonates|highlights|perfectly)",
            r"(?:visit|check out|see|explore|browse|at|our|my|for) (?:our|my|us|the)? ?(?:site"
            r"|website|blog|page|services|shop|store|agency|company|link|profile)|(?:services?"
            r"|solutions|agency|company|clinic|movers|contractors?|consultants?|developers?"
            r"|suppliers?|rentals?|tours|academy|experts) (?:in|near|from|like|at) \w+|we (?:at"
            r"|provide|offer|also|specialise|specialize)|trusted (?:name|partner|provider)"
            r"|leading (?:provider|company|agency|supplier)|https?:",
        ),
        # A message of a bank, a post office or a lottery that wants a click.
        (
            r"verify|confirm|update|unlock|activate|pay |claim|collect|log in|login|sign in"
            r"|restore|avoid &account|mailbox|parcel|pack|delivery|card|payment|subscription"
            r"|wallet|phone|number|mail",
            r"(?:your|ur) (?:\w+ )?(?:account|mailbox|parcel|package|packet|delivery|card"
            r"|payment|subscription|wallet|phone|number|e-?mail)",
            r"verify|confirm|update|unlock|re-?activate|pay (?:the|a|only)? ?(?:fee|\d)|claim"
            r"|collect|log ?in|sign in|restore|avoid (?:suspension|closure)",
            r"https?:|www\.|click|link|below|within \d+ hours|today|immediately",
        ),
        # Company for sale.
        (
            r"girl|woman|women|lady|ladies|model|escort|companion|housewife|babe|milf|bride"
            r"|boys only",
            r"lonely|single|bored|horny|naughty|sexy|hot|beautiful|independent|young|mature"
            r"|russian|asian|ukrainian|sweet|slim",
            r"girls?|women|woman|lady|ladies|models?|escorts?|companion|housewife|babes?|milfs?"
            r"|brides?|boys only",
            r"(?:my|our|on|her) (?:photos?|pics|pictures|profile|page|number|videos?|cam"
            r"|whats ?app|telegram)|chat|date|dating|meet|hotel|in your (?:area|city|town)"
            r"|near you|available|waiting for you|tonight|marry|register|sign up|join|free",
        ),
        # Texts that ask to be passed on.
        (
            r"share|copy|paste|spread|forward|pass it on|pass this on|send this|send it|repost"
            r"|retweet&deleted|removed|delete |remove |censor|taken|everywhere|everyone"
            r"|everybody|friends|people|contacts|groups|wake up|media|mainstream|truth|or your"
            r"|bad",
            r"share|copy|paste|spread|forward|pass (?:it|this) on|send (?:this|it)|repost|retweet",
            r"before (?:they|it|this)(?: is| gets)? (?:delete\w*|remove\w*|censor\w*|taken)"
            r"|everywhere|to (?:everyone|everybody|all|at least|\d+|ten|twenty|five"
            r"|seven) ?(?:\w+ )?(?:you know|friends|people|contacts|groups)|wake up|the (?:media"
            r"|mainstream) (?:will|won't|wont|hides?|is hiding)|the truth|they don'?t want you"
            r"|or (?:your|you|the|bad)",
            r"!{2,}|wake up|traitors?|globalists?|deep state|bad luck|luck|plandemic|biolabs?"
            r"|bio labs?|elites?|nwo|puppets?|sheep|open your eyes|will (?:die|be)"
            r"|they don'?t want|truth",
        ),
        # Cures and slimming.
        (
            r"kilo|kg|pounds|lbs| fat| weight|inches|cure|heal|diabetes|arthritis|herpes"
            r"|tinnitus|psoriasis|sugar|erection|weight gone",
            r"(?:lost|lose|shed|melt(?:ed|s)?|drop(?:ped)?|burn(?:s|ed)?) (?:\w+ ){0,3}(?:kilos?"
            r"|kg|pounds|lbs|fat|weight|inches)|cure[ds]?|healed|diabetes|arthritis|herpes"
            r"|tinnitus|psoriasis|sugar (?:levels?|went)|weight gone|erection",
            r"tea|drink|drops|pills?|capsules?|gummies|supplement|powder|oil|patch|keto|herbs?"
            r"|herbal|roots|trick|remedy|remedies|dr\.? \w+|method|formula",
            r"https?:|order|buy|price|contact|message|write (?:me|to)|e?mail|whats ?app"
            r"|doctors (?:do not|don't|hate|are angry)|big pharma|(?:write|text|call"
            r"|reach) (?:him|her|them)|\+\d+|without (?:diet|sport|exercise)|in (?:\d+|one|two"
            r"|three|a) (?:days|weeks|month)|link|[\w.]+@[\w.]+",
        ),
        # A lover or husband whom a priest brought back.
        (
            r"priest|dr |dr.|doctor|prophet|spell|ritual|temple|mama|baba|healer|voodoo|spiritual",
            r"husband|wife|ex|lover|boyfriend|girlfriend|partner|marriage|relationship",
            r"priest|dr\.? \w+|doctor|prophet|spells?|ritual|temple|mama|baba|healer|voodoo"
            r"|spiritual\w*",
            r"c[ao]me back|came home|returned|returns?|restored?|brought (?:him|her) back"
            r"|back to me|reunited?",
            r"contact\w*|reach|write|e?mail|whats ?app|\+\d+|\d+ (?:hours|days)|(?:in|after"
            r"|within) \w+ days",
        ),
        # A review that was bought.
        (
            r"star|recommend|quality is|best |painless|buy again|notch|fast shipping&code|book "
            r"|call them|call now|their number|their website|their site|their page|%|contact|http",
            r"(?:5|five)[- ]stars?|highly recommend\w*|quality is (?:top|great|amazing)"
            r"|best \w+ in \w+|painless|will buy again|top[- ]notch|fast shipping",
            r"best|ordered|booked|stayed|bought|visited|hired|service|staff|quality|dentist"
            r"|store|shop|arrived",
            r"book (?:with|now|at)|(?:with|use|using|promo|discount) (?:the )?code \w+"
            r"|call (?:them|now)|their (?:number|website|site|page)|\d\d ?% (?:off|with"
            r"|discount)|contact (?:them|info)|https?:",
        ),
        # One's own song, channel or blog.
        (
            r"cover|remix|single| ep|album|mixtape|track|beat|channel|podcast|vlog|blog|youtube"
            r"|spotify|soundcloud|stream|novel|shop|etsy&out now|just dropped|just uploaded"
            r"|just released|just posted|just launched|check |stream |listen|look at|watch "
            r"|hear |read |follow |visit |feedback|subscribe|drop a|give it|give me|give us"
            r"|give my|give our",
            r"my|our",
            r"cover|remix|single|ep|album|mixtape|track|beats?|channel|podcast|vlog|blog|youtube"
            r"|spotify|soundcloud|stream|novel|shop|etsy",
            r"out now|just (?:dropped|uploaded|released|posted|launched)|(?:check|stream"
            r"|listen to|look at|watch|hear|read|follow|visit) (?:it|my|our|me|us)"
            r"|would love (?:your|some) feedback|go (?:stream|listen|check|watch)|give (?:it|me"
            r"|us|my|our) (?:a )?(?:listen|chance|look|try|follow)|subscribe|drop a (?:sub|like"
            r"|follow)",
        ),
    )
)
_READ = 2000
#: The parts of a story stand together; in a long comment they meet by chance.
_SPREAD = 300
_SELLER = (
    "compan|busines|firm|agency|shop|store|studio|clinic|academy|writers|experts|specialists"
    "|technicians|fitters|prices|customers|clients|catalog|platform|services|products|website"
    "|showroom|workshop|salon|run a|looking for a|? |we sell|i sell|also sell|can sell|ship "
    "|deliver|install|repair|we fit|clean|restore|translate|design|build|we write|we rank|supply"
    "|we offer|i offer|provide|lend |issue |handle |we print|stock |speciali",
    "price|rates|afford|discount|cent off|offer|free|no oblig|no fee|pay |door|guarant|certif"
    "|insured|trusted|experience|since |customers|clients|families|money|discre|quality|call us"
    "|call now|call me|contact|touch|ask for|book |write to us|order |this week|until |limited"
    "|still open|hurry|from $|from £|from €|in our |our page|our site|our website|country|county",
)
#: Groups of anchors of each kind and last of the seller, who is judged by his promises.
_GROUPS = (*(groups for groups, _ in _KINDS), tuple(group.split("|") for group in _SELLER))
#: The anchors in one list, and the bit of its group for each.
ANCHORS = tuple(word for groups in _GROUPS for group in groups for word in group)
_BITS = tuple(
    1 << (2 * kind + place)
    for kind, groups in enumerate(_GROUPS)
    for place, group in enumerate(groups)
    for _ in group
)
_MASKS = tuple(
    sum(1 << (2 * kind + place) for place in range(len(groups)))
    for kind, groups in enumerate(_GROUPS)
)


def advertised(lower: str, anchors: set[int]) -> list[Span]:
    """Return what makes a text an advertisement: a known story, or a seller who promises twice.

    `anchors` are the indexes of the ANCHORS that are in the text.
    """
    met = 0
    for index in anchors:
        met |= _BITS[index]
    lower = lower[:_READ]
    for kind, mask in enumerate(_MASKS):
        if met & mask == mask:
            spans = _promised(lower) if kind == len(_KINDS) else _told(lower, _KINDS[kind][1])
            if spans:
                return spans
    return []


def _told(lower: str, parts: tuple[re.Pattern[str], ...]) -> list[Span]:
    spans = []
    for part in parts:
        found = part.search(lower)
        if found is None:
            return []
        spans.append(found.span())
    spans.sort()
    return spans if spans[-1][1] - spans[0][0] <= _SPREAD else []


def _promised(lower: str) -> list[Span]:
    voice = _VOICE.search(lower)
    if voice is None or _CAUSE.search(lower):
        return []
    promises = [found for promise in _PROMISES if (found := promise.search(lower))]
    return (
        sorted({voice.span(), *(found.span() for found in promises)}) if len(promises) > 1 else []
    )
