"""How many messages may wait in a queue. Counted, not timed: an expiry would be judged by the worker's clock.

With an expiry of five seconds, a worker whose clock is six ahead throws away every doorbell and every sweep.
"""

from typing import Any

DOORBELLS_LIMIT = 200
SWEEPS_LIMIT = 10


def has_room(channel: Any, queue: str, limit: int) -> bool:
    """Whether one more message helps: where `limit` wait already, nobody takes them, and those serve as well."""
    # Declared as Celery declares it, so that it is right on RabbitMQ too; the answer carries the count.
    declared = channel.queue_declare(queue=queue, durable=True, exclusive=False, auto_delete=False)
    return int(declared.message_count) < limit
