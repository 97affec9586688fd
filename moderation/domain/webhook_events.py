"""The types of messages that a site's webhook endpoints can receive."""

#: About one comment; the payload has the comment and the decision.
COMMENT_EVENTS = (
    "comment.held",
    "comment.approved",
    "comment.rejected",
    "comment.redacted",
    "comment.edited",
    "comment.deleted",
)
#: Readers reported it, and no moderator has answered yet; once until one does.
COMMENT_REPORTED = "comment.reported"
#: An author asks for a review of a decision, and its outcome.
APPEAL_CREATED = "appeal.created"
APPEAL_DECIDED = "appeal.decided"
AUTHOR_BANNED = "author.banned"
AUTHOR_ERASED = "author.erased"
QUEUE_FLOOD = "queue.flood"
#: The oldest held comment has waited for longer than the site allows.
QUEUE_STALE = "queue.stale"
#: Sent to one endpoint on demand; no endpoint subscribes to it.
TEST = "test"
#: Types that an endpoint can subscribe to.
EVENTS = (
    *COMMENT_EVENTS,
    COMMENT_REPORTED,
    APPEAL_CREATED,
    APPEAL_DECIDED,
    AUTHOR_BANNED,
    AUTHOR_ERASED,
    QUEUE_FLOOD,
    QUEUE_STALE,
)
