"""A project's own prices, and the list prices to begin from."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from analytics.prices import search as catalogue
from analytics.prices.resolve import CATALOGUE_VERSION
from server.api.deps import ProjectDep, ScopeDep
from server.api.errors import NotFound
from server.api.management import Change, ControlDep, changing
from server.api.price_models import CatalogueOut, NewPrice, PriceOut, PricesOut
from storage.control import own_prices
from storage.control.access import Permission, current
from storage.control.models import now
from storage.control.own_price_models import OwnPriceEntry
from storage.control.projects import ensure_project

router = APIRouter(tags=["prices"])

PriceId = Annotated[str, Path(description="Id of the price.")]


@router.get("/prices")
def list_prices(control: ControlDep, scope: ScopeDep) -> PricesOut:
    """List the project's own prices by provider and model, the latest first; those that have ended too."""
    with control.database.reading() as session:
        found = own_prices.list_prices(session, scope.project)
        return PricesOut(prices=[PriceOut.of(entry) for entry in found])


@router.post("/prices", status_code=status.HTTP_201_CREATED)
def add_price(control: ControlDep, project: ProjectDep, new: NewPrice) -> PriceOut:
    """Add a price. Calls that arrive from now on cost it; have those that are stored costed anew: `POST /recosts`."""
    scope = current().scope(Permission.EDIT, project)
    ensure_project(control.database, scope.project)
    with changing(control) as change:
        entry = own_prices.add_price(
            change.session, scope.project, new.spec(), created_by=change.caller.name
        )
        change.record("price.add", entry.id, scope.project, after=own_prices.told(entry))
        return PriceOut.of(entry)


@router.get("/prices/catalogue")
def search_catalogue(
    project: ProjectDep,
    search: Annotated[
        str, Query(max_length=200, description="Words of a model's or provider's name.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=200, description="Models of the answer.")] = 50,
) -> CatalogueOut:
    """Find models by name, with the list price of now: what calls cost without a price of the project's own."""
    current().scope(Permission.READ, project)
    found = catalogue.search(search, at=now(), limit=limit)
    return CatalogueOut.model_validate({"models": found, "version": CATALOGUE_VERSION})


@router.put("/prices/{price_id}")
def change_price(
    control: ControlDep, project: ProjectDep, price_id: PriceId, wanted: NewPrice
) -> PriceOut:
    """Put another price in the place of one, as a whole. The audit log keeps what it was."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        entry = _price_of(change, scope.project, price_id)
        before = own_prices.told(entry)
        own_prices.change_price(change.session, entry, wanted.spec(), changed_by=change.caller.name)
        after = own_prices.told(entry)
        change.record("price.change", entry.id, scope.project, before=before, after=after)
        return PriceOut.of(entry)


@router.delete("/prices/{price_id}")
def remove_price(control: ControlDep, project: ProjectDep, price_id: PriceId) -> PriceOut:
    """Remove a price, as if it had never been; return it. To end one, change its `valid_to`."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        entry = _price_of(change, scope.project, price_id)
        own_prices.remove_price(change.session, entry)
        change.record("price.remove", entry.id, scope.project, before=own_prices.told(entry))
        return PriceOut.of(entry)


def _price_of(change: Change, project: str, price_id: str) -> OwnPriceEntry:
    """Return a price of the project. Raises NotFound."""
    entry = own_prices.get_price(change.session, project, price_id)
    if entry is None:
        raise NotFound(f"there is no price {price_id[:40]} in this project")
    return entry
