"""Counters of this process in the Prometheus text format 0.0.4; they start at zero with the process."""

from collections import Counter
from dataclasses import dataclass, field

MEDIA_TYPE = "text/plain; version=0.0.4"

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class Metrics:
    """What this process has done so far. `started`: the clock's monotonic seconds at the start."""

    started: float
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    calls: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: float = 0.0
    key_lookups: Counter[str] = field(default_factory=Counter)
    replays: int = 0

    def count_answer(self, method: str, status: int) -> None:
        """One more answer; methods that nobody knows are counted as one."""
        self.answers[(method if method in METHODS else "other", status)] += 1

    def text(self, now: float) -> str:
        """Everything, in a stable order."""
        lines = [
            "# HELP countermand_uptime_seconds Seconds since the process started.",
            "# TYPE countermand_uptime_seconds gauge",
            f"countermand_uptime_seconds {now - self.started:.3f}",
            "# HELP countermand_http_answers_total Answers by method and status.",
            "# TYPE countermand_http_answers_total counter",
        ]
        for (method, status), count in sorted(self.answers.items()):
            lines.append(f'countermand_http_answers_total{{method="{method}",status="{status}"}} {count}')
        lines += [
            "# HELP countermand_api_calls_total API calls by method, path template and status.",
            "# TYPE countermand_api_calls_total counter",
        ]
        for (method, path, status), count in sorted(self.calls.items()):
            labels = f'method="{method}",path="{path}",status="{status}"'
            lines.append(f"countermand_api_calls_total{{{labels}}} {count}")
        lines += [
            "# HELP countermand_api_seconds_total Seconds spent on API calls.",
            "# TYPE countermand_api_seconds_total counter",
            f"countermand_api_seconds_total {self.seconds:.6f}",
            "# HELP countermand_key_lookups_total Lookups of API keys by where the answer came from.",
            "# TYPE countermand_key_lookups_total counter",
        ]
        for source, count in sorted(self.key_lookups.items()):
            lines.append(f'countermand_key_lookups_total{{source="{source}"}} {count}')
        lines += [
            "# HELP countermand_idempotent_replays_total Answers that were replayed for an Idempotency-Key.",
            "# TYPE countermand_idempotent_replays_total counter",
            f"countermand_idempotent_replays_total {self.replays}",
        ]
        return "\n".join(lines) + "\n"
