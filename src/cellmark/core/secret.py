"""Secrets: what keys and tokens look like, and what the variables that hold them are called.

Standard library only: kernels import it when they start.
"""

from __future__ import annotations

import re

__all__ = ["SHAPES", "is_secret_name"]

# What it is -> its shape. Each has a fixed beginning and a fixed or least length, so that ordinary
# text does not match; https://docs.github.com/code-security/secret-scanning lists most of them.
SHAPES: dict[str, str] = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[opusr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{40,}",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Slack token": r"\bxox[abeprs]-[\w-]{10,}",
    "a Slack webhook": r"https://hooks\.slack\.com/services/T\w+/B\w+/\w{20,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "an API key": r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}",
    "a Stripe key": r"\b[sr]k_live_[A-Za-z0-9]{16,}\b",
    "a Google API key": r"\bAIza[\w-]{35}\b",
    "a Google OAuth secret": r"\bGOCSPX-[\w-]{28}\b",
    "a JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+",
    "a PyPI token": r"\bpypi-AgEI[\w-]{50,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}\b",
    "a Twilio key": r"\bSK[0-9a-f]{32}\b",
    "a Databricks token": r"\bdapi[0-9a-f]{32}\b",
    "an Azure storage key": r"\bAccountKey=[A-Za-z0-9+/=]{60,}",
    "a DigitalOcean token": r"\bdo[opr]_v1_[0-9a-f]{64}\b",
    "a Telegram bot token": r"\b\d{8,10}:AA[\w-]{33}\b",
}

_NAME = re.compile(
    r"passw(or)?d|passphrase|secret|api_?key|access_?key|private_?key|credential"
    r"|(^|_)(auth_?)?tokens?$|(^|_)pwd($|_)",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name most likely holds a secret."""
    return bool(_NAME.search(name))
