"""Pictures of signed-in authors: what is fetched, what is kept, and what is refused."""

from io import BytesIO

import pytest
from PIL import Image

from moderation.domain.inner_networks import Networks
from moderation.services.comments import avatars
from moderation.services.comments.avatar_images import SIDE, encoded
from moderation.services.outbound import Answer
from moderation.services.sites import sign_on_secrets
from moderation.storage.models.authors import Avatar
from tests.conftest import one_store
from tests.signing_on import claims, token

THREAD = "/api/v1/sites/news/posts/story/comments"
PICTURE = "https://img.example/ada.png"


def image(kind="PNG", size=(200, 100), mode="RGB", **options):
    written = BytesIO()
    Image.new(mode, size, "red").save(written, kind, **options)
    return written.getvalue()


class Host:
    """Stands for the host of the pictures."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, request, *, allowed, timeout, most_bytes):
        self.asked.append(request.url)
        return self.answer


@pytest.fixture
def write(client, session, site, clock, change_site):
    change_site(settings={"sign_on_algorithm": "HS256", "hold_first": 0, "avatars": True})
    secret = sign_on_secrets.rotate(session, site, now=clock.now)
    session.rollback()

    def submit(text="A quiet remark.", **changes):
        given = {"picture": PICTURE, **changes}
        headers = {"Authorization": f"Bearer {token(secret, claims(clock.now, **given))}"}
        return client.post(THREAD, json={"text": text}, headers=headers).get_json()["comment"]

    return submit


@pytest.fixture
def fetch(session, clock):
    def run(host):
        done = avatars.fetch_due(session, Networks.of(()), now=clock.now, send=host)
        session.rollback()
        return done

    return run


def test_a_picture_is_shown_from_this_service_after_the_worker_has_fetched_it(write, fetch, client):
    path = write()["author"]["avatar"]
    assert client.get(path).status_code == 404

    host = Host(Answer(200, body=image()))
    assert fetch(host) == 1

    shown = client.get(path)
    assert host.asked == [PICTURE]
    assert (shown.status_code, shown.content_type) == (200, "image/webp")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert Image.open(BytesIO(shown.data)).size == (SIDE, SIDE)
    (listed,) = client.get(THREAD).get_json()["comments"]
    assert listed["author"] == {"name": "Ada", "staff": False, "avatar": path}
    assert "img.example" not in client.get(THREAD).text
    assert fetch(host) == 0


def test_nothing_is_fetched_unless_the_site_shows_pictures(write, fetch, change_site, client):
    first = write()["author"]["avatar"]
    fetch(Host(Answer(200, body=image())))
    change_site(settings={"avatars": False})

    assert "avatar" not in write("Another remark.", sub="7")["author"]
    assert fetch(Host(Answer(200, body=image()))) == 0
    assert client.get(first).status_code == 404


def test_an_author_has_one_picture_the_newest(write, fetch, client, session):
    first = write()["author"]["avatar"]
    fetch(Host(Answer(200, body=image(size=(96, 96)))))
    before = client.get(first).data

    second = write("Another remark.", picture="https://img.example/new.png")["author"]["avatar"]
    host = Host(Answer(200, body=image("JPEG", (10, 300))))
    fetch(host)

    assert second == first
    assert host.asked == ["https://img.example/new.png"]
    assert client.get(first).data != before
    assert session.query(Avatar).count() == 1


def test_the_same_address_is_fetched_again_after_a_day(write, fetch, clock):
    write()
    host = Host(Answer(200, body=image()))
    fetch(host)

    clock.advance(hours=23)
    write("A remark of the same day.")
    assert fetch(host) == 0
    clock.advance(hours=2)
    write("A remark of the next day.")
    assert fetch(host) == 1


@one_store
@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, body=image()),
        Answer(302, body=image()),
        Answer(200, body=image(), is_cut=True),
        Answer(200, body=b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        Answer(0, error="BadAddress"),
    ],
    ids=lambda answer: f"{answer.status} {answer.error} {answer.is_cut}",
)
def test_what_is_no_picture_is_refused_at_once(write, fetch, client, answer):
    path = write()["author"]["avatar"]

    assert fetch(Host(answer)) == 1

    assert client.get(path).status_code == 404
    assert fetch(Host(Answer(200, body=image()))) == 0


def test_a_host_that_is_away_is_asked_again_some_times(write, fetch, clock, client):
    path = write()["author"]["avatar"]
    host = Host(Answer(503))

    for _ in range(avatars.TRIES + 2):
        fetch(host)
        fetch(host)
        clock.advance(hours=1)

    assert len(host.asked) == avatars.TRIES
    assert client.get(path).status_code == 404


def test_a_picture_that_changed_while_it_was_fetched_is_fetched_again(write, fetch, session):
    write()

    def slow(request, **options):
        if request.url == PICTURE:
            write("A remark with a newer picture.", picture="https://img.example/new.png")
        return Answer(200, body=image())

    fetch(slow)

    row = session.query(Avatar).one()
    assert (row.url, row.image) == ("https://img.example/new.png", None)
    assert row.due_at is not None


def test_the_erasure_of_an_author_deletes_the_picture(write, fetch, signed_event, session, client):
    path = write(sub="7")["author"]["avatar"]
    write("A remark of another.", sub="8")
    fetch(Host(Answer(200, body=image())))

    signed_event("author.erased", {"author": {"id": "7"}})

    assert client.get(path).status_code == 404
    assert session.query(Avatar).count() == 1


def test_a_held_comment_shows_its_picture_in_no_list(write, client):
    path = write("No reader may see this shit here yet.")["author"]["avatar"]

    assert path not in client.get(THREAD).text


@one_store
@pytest.mark.parametrize("id", ["0" * 32, "..", "a'b", "%00", "ü"])
def test_an_id_that_is_none_shows_nothing(client, id):
    assert client.get(f"/avatars/{id}").status_code == 404


# Encoding


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "I;16"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("WEBP", "RGBA"),
    ],
)
def test_pictures_of_every_mode_become_squares(kind, mode):
    written = BytesIO()
    Image.new(mode, (50, 80)).save(written, kind)

    made = Image.open(BytesIO(encoded(written.getvalue())))

    assert (made.format, made.size) == ("WEBP", (SIDE, SIDE))


def test_what_the_file_said_about_itself_is_gone():
    exif = Image.Exif()
    exif[0x010E] = "Taken at the kitchen table"
    raw = image("JPEG", exif=exif, comment=b"A comment in the file")
    assert b"kitchen" in raw

    made = encoded(raw + b"<script>alert(1)</script>")

    assert b"kitchen" not in made
    assert b"comment" not in made
    assert b"script" not in made


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GIF89a" + b"\0" * 100,
        image("GIF"),
        image("BMP"),
        image("TIFF"),
        image()[:60],
        image("JPEG")[:200],
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 200,
        b"<html>",
        image(size=(2001, 2000)),
        image(size=(30_000, 30_000), mode="1"),
    ],
    ids=range(11),
)
def test_another_kind_a_broken_file_and_a_huge_picture_are_refused(raw):
    assert encoded(raw) is None
