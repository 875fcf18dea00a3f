# IPython runs this file in every kernel of the environment (etc/ipython/startup). It leaves no
# name behind and never keeps a kernel from starting.
try:  # noqa: SIM105
    __import__("cellmark.capture", fromlist=["listen"]).listen()
except Exception:  # noqa: BLE001, S110
    pass
