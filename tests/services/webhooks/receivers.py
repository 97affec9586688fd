"""Receivers of webhooks for tests: they answer as planned and keep what they got."""

import json
from collections import defaultdict

from moderation.services.webhooks.delivery import Answer, Request


class Receivers:
    """Many receivers by address; each answers with its plan, the last answer for ever."""

    def __init__(self, clock=None, **plans) -> None:
        self.got: dict[str, list[Request]] = defaultdict(list)
        self.plans = plans
        self._clock = clock

    def __call__(self, request: Request) -> Answer:
        name = request.url.rpartition("/")[2]
        self.got[name].append(request)
        plan = self.plans.get(name, [200])
        answer = plan.pop(0) if len(plan) > 1 else plan[0]
        if callable(answer):
            answer = answer()
        return answer if isinstance(answer, Answer) else Answer(answer)

    def events(self, name) -> list[dict]:
        return [json.loads(request.body) for request in self.got[name]]

    def types(self, name) -> list[str]:
        return [event["type"] for event in self.events(name)]
