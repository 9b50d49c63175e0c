"""The tools of the support bot. They read a made-up order book that is the same for everyone."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.knowledge import phrases

_STATES = ("Confirmed", "Allocated", "Picking", "Packed", "Shipped", "Delivered", "Backordered")
_CARRIERS = ("UPS", "FedEx", "DHL", "DPD", "GLS")
_PRODUCTS = ("hand pallet jack", "label roll", "storage bin", "barcode scanner", "packing table")

RESTOCKING_FEE = 0.12
"""Share of the price kept for unwanted goods; faulty, damaged and wrong items are free."""


def _digits(key: str) -> int:
    return zlib.crc32(key.encode())


def get_order_status(order_id: str, at: datetime) -> dict[str, Any]:
    """Return the state of an order as of a moment."""
    digits = _digits(order_id)
    state = _STATES[digits % len(_STATES)]
    carrier = _CARRIERS[digits // 7 % len(_CARRIERS)]
    shipped = state in {"Shipped", "Delivered"}
    due = at.astimezone(UTC) + timedelta(days=-1 if state == "Delivered" else 1 + digits % 5)
    note = phrases()["order_note"][digits // 17 % len(phrases()["order_note"])]
    return {
        "order_id": order_id,
        "state": state,
        "lines": 1 + digits % 9,
        "warehouse": ("Leeds", "Columbus", "Rotterdam")[digits // 11 % 3],
        "carrier": carrier if shipped else None,
        "tracking_number": f"{carrier[:2].upper()}{digits:010d}" if shipped else None,
        "expected_delivery": f"{due.day} {due:%B %Y}",
        "note": note if digits // 13 % 3 == 0 else None,
    }


def quote_refund(order_id: str, quantity: int, reason: str) -> dict[str, Any]:
    """Return what is paid back for returned units, in dollars."""
    digits = _digits(order_id)
    price = round(8 + digits % 9200 / 100, 2)
    gross = round(price * quantity, 2)
    fee = round(gross * RESTOCKING_FEE, 2) if reason == "unwanted" else 0.0
    return {
        "order_id": order_id,
        "product": _PRODUCTS[digits % len(_PRODUCTS)],
        "quantity": quantity,
        "unit_price": price,
        "restocking_fee": fee,
        "refund": round(gross - fee, 2),
        "currency": "USD",
        "needs_second_approver": gross - fee > 2000,
    }


def find_calendar_slots(team: str, weekday: str) -> dict[str, Any]:
    """Free half hours of a team on a weekday."""
    digits = _digits(f"{team} {weekday}")
    hours = sorted({9 + (digits >> shift) % 8 for shift in (0, 5, 11)})
    slots = [f"{hour:02d}:{30 * (digits >> hour & 1):02d}" for hour in hours]
    return {"team": team, "weekday": weekday, "slots": slots, "duration_minutes": 30}


def call(name: str, arguments: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Run the tool of that name."""
    if name == "get_order_status":
        return get_order_status(arguments["order_id"], at)
    if name == "quote_refund":
        return quote_refund(**arguments)
    if name == "find_calendar_slots":
        return find_calendar_slots(**arguments)
    raise LookupError(f"no tool named {name}")


def report(name: str, result: dict[str, Any]) -> str:
    """Return a tool's result in a sentence or two, nothing added."""
    if name == "get_order_status":
        text = f"Order {result['order_id']} is {result['state']} in {result['warehouse']}."
        if result["tracking_number"]:
            text += f" It travels with {result['carrier']} under {result['tracking_number']}."
        return f"{text} Expected delivery: {result['expected_delivery']}."
    if name == "quote_refund":
        return (
            f"For {result['quantity']} units of {result['product']} from {result['order_id']} the "
            f"refund is {result['refund']:.2f} dollars after a restocking fee of "
            f"{result['restocking_fee']:.2f} dollars."
        )
    slots = ", ".join(result["slots"])
    return f"The {result['team']} team is free on {result['weekday']} at {slots}."
