"""GPU time of self-hosted models: how long the serving tier's GPUs worked for each call, and what that costs."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from string import Template

from storage.client import Engine
from storage.costs import facts
from storage.statements import statement


@cache
def _share_gpu_time() -> str:
    names = {
        "seen": _shared("seen"),
        "next": _shared("next"),
        "rate": facts.rate_at("periods"),
        "published": facts.PUBLISHED,
    }
    return Template(statement("share_gpu_time")).substitute(names)


def _shared(figures: str) -> str:
    """Return SQL of a call's figures with its share, and with what that costs where it is priced by GPU time."""
    cost = f"if({figures}.price = 'gpu', {facts.gpu_cost('share', 'rate')}, {figures}.cost_usd)"
    new = {"cost_usd": cost, "gpu_seconds": "share"}
    return ", ".join(new.get(name, f"{figures}.{name}") for name in facts.FACTS)


def has_servings(engine: Engine, project: str, hours: Sequence[datetime]) -> bool:
    """Tell whether a serving tier worked in some hours at all, so that there is time to share."""
    values = {"project": project, "hours": list(hours)}
    return bool(
        engine.client().query(statement("has_servings"), parameters=values).result_rows[0][0]
    )


def share_gpu_time(engine: Engine, project: str, hours: Sequence[datetime]) -> None:
    """Share the serving tier's time among the calls of some hours, before these are rolled up. May run again.

    A moment in which several requests run on one instance is shared equally among them, so what an instance was busy
    is counted once, however large its batches; time in which it idles is nobody's. An instance is a
    `service.instance.id`, else a service on a host; its seconds are those of all the GPUs that it runs on. Only
    requests of this project are known here, and those of one hour before and after.
    """
    engine.client().command(
        _share_gpu_time(), parameters={"project": project, "hours": list(hours)}
    )
