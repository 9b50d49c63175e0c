"""The customers of the fictional company and their users."""

from dataclasses import dataclass
from random import Random

RUNAWAY = "quillfeather-books"
ATTACKER = "kestrel-trading"
ECONOMY_VICTIM = "oakmere-supplies"
"""The economy model answers its questions worst."""
MOSTLY_ECONOMY = "harbor-and-sons"
"""Most of its questions go to the economy model."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One customer company."""

    id: str
    name: str
    plan: str
    users: int
    weight: int  # its share of the traffic, in parts


TENANTS = (
    Tenant("brightline-wholesale", "Brightline Wholesale", "Enterprise", 64, 22),
    Tenant(MOSTLY_ECONOMY, "Harbor & Sons", "Scale", 38, 16),
    Tenant(ECONOMY_VICTIM, "Oakmere Supplies", "Scale", 33, 13),
    Tenant("nordlicht-handel", "Nordlicht Handel", "Enterprise", 51, 11),
    Tenant("pinewood-paper", "Pinewood Paper", "Scale", 24, 8),
    Tenant(RUNAWAY, "Quillfeather Books", "Scale", 19, 6),
    Tenant("copperfield-tools", "Copperfield Tools", "Growth", 10, 5),
    Tenant("lumen-lighting", "Lumen Lighting", "Scale", 21, 5),
    Tenant("saltmarsh-foods", "Saltmarsh Foods", "Enterprise", 29, 4),
    Tenant("verdant-garden", "Verdant Garden", "Growth", 9, 3),
    Tenant("atlas-fasteners", "Atlas Fasteners", "Growth", 8, 3),
    Tenant("mirabel-cosmetics", "Mirabel Cosmetics", "Growth", 7, 2),
    Tenant("tern-island-fish", "Tern Island Fish", "Growth", 5, 1),
    Tenant(ATTACKER, "Kestrel Trading", "Growth", 4, 1),
)
TENANT_BY_ID = {tenant.id: tenant for tenant in TENANTS}
_WEIGHTS = [tenant.weight for tenant in TENANTS]

FIRST_NAMES = (
    "Amara", "Ben", "Chloe", "Dmitri", "Elena", "Farid", "Grace", "Hiro", "Ingrid", "Jonas",
    "Keiko", "Liam", "Marta", "Nadia", "Owen", "Priya", "Quentin", "Rosa", "Samir", "Tove",
    "Umar", "Vera", "Wanda", "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Brandt", "Castillo", "Dubois", "Eriksen", "Fontaine", "Grant", "Haddad", "Ivanova",
    "Jensen", "Kowalski", "Lindqvist", "Moreau", "Novak", "Okafor", "Patel", "Quinn", "Rossi",
    "Schmidt", "Tanaka",
)  # fmt: skip


def pick_tenant(rng: Random) -> Tenant:
    """Return a tenant, the large ones more often."""
    return rng.choices(TENANTS, _WEIGHTS)[0]


def pick_user(tenant: Tenant, rng: Random) -> str:
    """Return a user id of the tenant; some users ask far more than others."""
    number = min(int(rng.expovariate(3 / tenant.users)), tenant.users - 1)
    return f"usr_{tenant.id.split('-')[0]}_{number:03d}"
