"""The audit log: every answer on record, chained, sealed, provable without the log.

`log` writes it, `recovery` opens it after a crash, `checking` finds what was changed, `proving`
takes one record out with a proof, `erasing` removes what a person may have removed.
"""
