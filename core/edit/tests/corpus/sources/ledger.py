"""A ledger of small payments between friends."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Payment:
    """One payment: who paid, for whom, and how much."""

    payer: str
    receivers: list[str]
    amount: Decimal
    note: str = ""


@dataclass
class Ledger:
    payments: list[Payment] = field(default_factory=list)

    def record(self, payer, receivers, amount, note=""):
        if not receivers:
            raise ValueError("recording a payment: nobody to pay for")
        if amount <= 0:
            raise ValueError("recording a payment: the amount must be positive")
        payment = Payment(payer, list(receivers), Decimal(amount), note)
        self.payments.append(payment)
        return payment

    def balances(self):
        totals = defaultdict(Decimal)
        for payment in self.payments:
            share = payment.amount / len(payment.receivers)
            totals[payment.payer] += payment.amount
            for receiver in payment.receivers:
                totals[receiver] -= share
        return dict(totals)

    def settle(self):
        """Yield transfers that bring every balance to zero, largest debt first."""
        balances = self.balances()
        debtors = sorted((amount, name) for name, amount in balances.items() if amount < 0)
        creditors = sorted(((amount, name) for name, amount in balances.items() if amount > 0), reverse=True)
        while debtors and creditors:
            debt, debtor = debtors.pop(0)
            credit, creditor = creditors.pop(0)
            transfer = min(-debt, credit)
            yield debtor, creditor, transfer
            if debt + transfer < 0:
                debtors.insert(0, (debt + transfer, debtor))
            if credit - transfer > 0:
                creditors.insert(0, (credit - transfer, creditor))


def report(ledger):
    lines = []
    for name, amount in sorted(ledger.balances().items()):
        word = "gets" if amount > 0 else "owes"
        lines.append(f"{name} {word} {abs(amount):.2f}")
    return "\n".join(lines)
