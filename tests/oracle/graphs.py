"""Circles in graphs of files: the same search for Python and for Rust."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return every circle of a graph, each as its sorted nodes, sorted.

    Nodes that reach each other are one circle; so is a node with an arrow to itself. `graph` gives the nodes to which each
    node has an arrow; a node that only has arrows to it need not be a key.

    Example:
        >>> circles({"a": ["b"], "b": ["c"], "c": ["b"]})
        [['b', 'c']]
    """
    reached = {node: _reached(graph, node) for node in graph}
    found = {
        tuple(sorted({node, *(other for other in nodes if node in reached.get(other, ()))}))
        for node, nodes in reached.items()
        if node in nodes
    }
    return sorted(list(circle) for circle in found)


def _reached(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """Nodes that are reached from a node by one arrow or more."""
    found: set[str] = set()
    waiting = list(graph.get(start, ()))
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(graph.get(node, ()))
    return found
