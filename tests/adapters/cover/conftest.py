"""Modules that import trainers are for the server; pytest would import them to look for doctests."""

collect_ignore_glob = ["runs_*.py"]
