"""How a sample agency posts its acknowledgements."""

import time
from datetime import datetime, timedelta

from .receiving_api import ReceivingApi
from .running import API_KEY, MESSAGE_ID, PROMPT_SECONDS, Reply, Start, an_event


def test_posted_acknowledgements(start: Start, api: ReceivingApi) -> None:
    """The answer is 202 and empty; a receipt and, after the delay, the outcome are posted with the key."""
    running = start("--acknowledge", "post", "--delay-seconds", "0.4", "--api-url", api.url)
    assert running.notify(an_event()) == Reply(202, b"")
    receipt, outcome = api.wait_for(2)
    assert [receipt.body["kind"], outcome.body["kind"]] == ["receipt", "outcome"]
    assert outcome.body["outcome"] == "actioned"
    assert {post.body["notification"] for post in (receipt, outcome)} == {MESSAGE_ID}
    assert {post.path for post in (receipt, outcome)} == {"/v1/agencies/dwp/acknowledgements"}
    assert {post.authorization for post in (receipt, outcome)} == {f"Bearer {API_KEY}"}
    assert outcome.received_seconds - receipt.received_seconds >= 0.4
    given_at = [datetime.fromisoformat(post.body["at"]) for post in (receipt, outcome)]
    assert given_at[1] - given_at[0] == timedelta(seconds=0.4)


def test_repeated_message_is_posted_alike(start: Start, api: ReceivingApi) -> None:
    """A repeated message has the same acknowledgements posted again, to their times."""
    running = start("--acknowledge", "post", "--api-url", api.url)
    running.notify(an_event())
    first = [post.body for post in api.wait_for(2)]
    running.notify(an_event())
    assert [post.body for post in api.wait_for(4)[2:]] == first


def test_posts_are_tried_again(start: Start, api: ReceivingApi) -> None:
    """An acknowledgement is posted again while the API answers 503 or 429, and before the next one."""
    api.answer_next(503, 429)
    running = start("--acknowledge", "post", "--api-url", api.url)
    running.notify(an_event())
    assert [post.body["kind"] for post in api.wait_for(4)] == ["receipt", "receipt", "receipt", "outcome"]


def test_refused_post_is_given_up(start: Start, api: ReceivingApi) -> None:
    """An acknowledgement that the API refuses is not posted again."""
    api.answer_next(403)
    running = start("--acknowledge", "post", "--api-url", api.url)
    running.notify(an_event())
    assert [post.body["kind"] for post in api.wait_for(2)] == ["receipt", "outcome"]


def test_posting_does_not_slow_receiving(start: Start, api: ReceivingApi) -> None:
    """Pushes are answered promptly while the API takes half a second for each acknowledgement."""
    api.pause_seconds = 0.5
    running = start("--acknowledge", "post", "--api-url", api.url)
    started = time.monotonic()
    assert {running.notify(an_event(f"message-{number}")).status for number in range(20)} == {202}
    assert time.monotonic() - started < PROMPT_SECONDS


def test_what_waits_is_posted_together(start: Start, api: ReceivingApi) -> None:
    """Acknowledgements that wait while the API is slow go in one request, and each is answered for itself."""
    api.pause_seconds = 0.5
    running = start("--acknowledge", "post", "--api-url", api.url)
    for number in range(20):
        running.notify(an_event(f"message-{number}"))
    posts = api.wait_for(40)
    assert max(post.among for post in posts) > 1
    kinds: dict[str, list[str]] = {}
    for post in posts:
        kinds.setdefault(post.body["notification"], []).append(post.body["kind"])
    assert all(said == ["receipt", "outcome"] for said in kinds.values())


def test_one_of_many_is_posted_again(start: Start, api: ReceivingApi) -> None:
    """What the API answers with 503 among others is posted again, and the others are not."""
    api.pause_seconds = 0.5
    api.answer_next(*[200] * 8, 503)
    running = start("--acknowledge", "post", "--api-url", api.url)
    for number in range(20):
        running.notify(an_event(f"message-{number}"))
    posts = api.wait_for(41)
    assert posts[8].among > 1
    assert sum(post.body == posts[8].body for post in posts) == 2


def test_posts_twice(start: Start, api: ReceivingApi) -> None:
    """With twice, the receipt and the outcome are each posted two times, unchanged."""
    running = start("--acknowledge", "post", "--twice", "--api-url", api.url)
    running.notify(an_event())
    bodies = [post.body for post in api.wait_for(4)]
    assert bodies[0] == bodies[1]
    assert bodies[2] == bodies[3]
    assert [body["kind"] for body in bodies] == ["receipt", "receipt", "outcome", "outcome"]


def test_answers_and_posts(start: Start, api: ReceivingApi) -> None:
    """With twice, the outcome that stood in the answer is posted as well."""
    running = start("--twice", "--api-url", api.url)
    answered = running.notify(an_event()).acknowledgement
    assert [post.body for post in api.wait_for(1)] == [answered]
