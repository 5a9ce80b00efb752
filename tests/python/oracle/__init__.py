"""A plain, slow reading of the rulebook, against which the product is compared.

Every rule is one function that a reviewer can hold beside its line in the rulebook. It shares no code with the product.
"""

from oracle.judge import CODES, OFF_BY_DEFAULT, SEND_CODES, check
from oracle.model import Finding, Policy, Result, Table

__all__ = ["CODES", "OFF_BY_DEFAULT", "SEND_CODES", "Finding", "Policy", "Result", "Table", "check"]
