"""Texts of the errors that Python source makes, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

USAGE = {"UsageError", "BadParameter", "ClickException"}
"""Errors of the command line."""
MAKERS = {"unreadable"}
"""Methods that make an error of texts that their callers give."""
_TEXT_KEYWORDS = {"message"}
_BLOCKS = ("body", "orelse", "finalbody")
_ENDS = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class ErrorText(NamedTuple):
    """One text that the code can raise."""

    error: str
    text: str
    where: str


class Made(NamedTuple):
    """What a maker makes: the class, the text with ``{parameter}``, and the parameters."""

    error: str
    text: str
    parameters: list[str]


class _Values(NamedTuple):
    """Values that a name can have after a statement; None for one that is not known."""

    found: list[ast.expr | None]
    always: bool


_NOTHING = _Values([], False)


class Module:
    """The syntax tree of one module, with the parent of each node.

    Args:
        source: The code.
        where: Its dotted name.
    """

    def __init__(self, source: str, where: str) -> None:
        self.where = where
        self.tree = ast.parse(source)
        self._parents = {id(child): node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self._functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, _FUNCTIONS)}

    def classes(self, known: set[str]) -> dict[str, str]:
        """Return the subclasses of known classes, with the first lines of their docstrings."""
        found: dict[str, str] = {}
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                if bases & {*known, *found}:
                    found[node.name] = (ast.get_docstring(node) or "").splitlines()[0]
        return found

    def makers(self, classes: set[str]) -> dict[str, Made]:
        """Return the makers that are defined here, by name."""
        found: dict[str, Made] = {}
        for name in MAKERS & self._functions.keys():
            function = self._functions[name]
            for call in _calls(function):
                if _called(call) in classes:
                    parameters = [each.arg for each in function.args.args if each.arg != "self"]
                    found[name] = Made(_called(call), self.template(call.args[0]) or "", parameters)
        return found

    def errors(self, classes: set[str], makers: dict[str, Made]) -> Iterator[tuple[ast.Call, list[ErrorText] | None]]:
        """Yield each call that makes an error with its texts, or with None where they cannot be read.

        A call that passes on the text of another error of these classes has no text of its own.
        """
        for call in _calls(self.tree):
            name, text = _called(call), _text_of(call)
            if name in makers and isinstance(call.func, ast.Attribute):
                yield call, [self._made(makers[name], call)]
            elif name in classes | USAGE and self._function_of(call) not in makers:
                if text is not None and self._passes_on(text, classes):
                    yield call, []
                    continue
                texts = None if text is None else self.texts(text)
                yield call, None if texts is None else [ErrorText(name, each, self.where) for each in texts]

    def texts(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> list[str] | None:
        """Return all texts of an expression with ``{...}`` for values, or None where one cannot be read."""
        match node:
            case ast.IfExp(body=body, orelse=other):
                choices: list[ast.expr | None] = [body, other]
            case ast.Name():
                choices = self.assigned(node)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name)) if (
                name in self._functions and name not in seen
            ):
                seen |= {name}
                choices = [each.value for each in _returns(self._functions[name])]
            case _:
                text = self.template(node)
                return None if text is None else [text]
        texts = [None if each is None else self.texts(each, seen) for each in choices]
        return [text for each in texts if each is not None for text in each] if texts and None not in texts else None

    def template(self, node: ast.expr) -> str | None:
        """Return the text of an expression; choices are joined by ``|``."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=values):
                return "".join(self._part(value) for value in values)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                both = self.template(left), self.template(right)
                return None if both == (None, None) else "".join("{...}" if each is None else each for each in both)
            case ast.IfExp(body=body, orelse=other):
                return self._joined([body, other])
            case ast.Name():
                return self._joined(self.assigned(node))
            case _:
                return None

    def assigned(self, name: ast.Name) -> list[ast.expr | None]:
        """Return the values that the nearest assignments before a name give it; None for one that is not known.

        Statements of the same block come first, then those around it, then those of the module.
        """
        found: list[ast.expr | None] = []
        node: ast.AST = name
        crossed = False
        while (parent := self._parents.get(id(node))) is not None:
            if not (crossed and isinstance(parent, ast.ClassDef)):
                values = self._before(parent, node, name.id, everywhere=crossed)
                found += values.found
                if values.always:
                    return found
            if _binds(parent, name.id):
                return [*found, None]
            crossed = crossed or isinstance(parent, (*_FUNCTIONS, ast.Lambda))
            node = parent
        return found

    def _before(self, parent: ast.AST, node: ast.AST, name: str, *, everywhere: bool) -> _Values:
        """Values of a name from the statements of a parent that run before one of its children."""
        found: list[ast.expr | None] = []
        for field in _BLOCKS:
            block = getattr(parent, field, [])
            if isinstance(block, list) and any(each is node for each in block):
                index = next(number for number, each in enumerate(block) if each is node)
                values = _of_block([each for each in block if each is not node] if everywhere else block[:index], name)
                if values.always:
                    return values
                found += values.found
                if field != "body" and isinstance(parent, ast.Try):
                    found += _of_block(parent.body, name).found
        if isinstance(parent, ast.Try) and isinstance(node, ast.ExceptHandler):
            found += _of_block(parent.body, name).found
        if isinstance(parent, ast.If | ast.While):
            walrus = _walrus(parent.test, name)
            return _Values([*found, *walrus], bool(walrus))
        return _Values(found, False)

    def _joined(self, choices: list[ast.expr | None]) -> str | None:
        texts = list(dict.fromkeys(None if each is None else self.template(each) for each in choices))
        return " | ".join(text for text in texts if text is not None) if texts and None not in texts else None

    def _part(self, value: ast.expr) -> str:
        if isinstance(value, ast.Constant):
            return str(value.value)
        assert isinstance(value, ast.FormattedValue)
        # A value that !r quotes is no part of the sentence.
        if value.conversion == -1 and (text := self.template(value.value)) is not None:
            return text
        return "{" + ast.unparse(value.value) + "}" if isinstance(value.value, ast.Name | ast.Attribute) else "{...}"

    def _made(self, made: Made, call: ast.Call) -> ErrorText:
        given = dict(zip(made.parameters, call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords if each.arg is not None}
        text = made.text
        for parameter, value in given.items():
            text = text.replace("{" + parameter + "}", self.template(value) or "{" + parameter + "}")
        return ErrorText(made.error, text, self.where)

    def _function_of(self, node: ast.AST) -> str | None:
        parent = self._parents.get(id(node))
        while parent is not None and not isinstance(parent, _FUNCTIONS):
            parent = self._parents.get(id(parent))
        return None if parent is None else parent.name

    def _passes_on(self, text: ast.expr, classes: set[str]) -> bool:
        match text:
            case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)]):
                node = self._parents.get(id(text))
                while node is not None:
                    if isinstance(node, ast.ExceptHandler) and node.name == name and node.type is not None:
                        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                        return all(isinstance(kind, ast.Name) and kind.id in classes for kind in kinds)
                    node = self._parents.get(id(node))
        return False


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _text_of(call: ast.Call) -> ast.expr | None:
    named = (each.value for each in call.keywords if each.arg in _TEXT_KEYWORDS)
    return call.args[0] if call.args else next(named, None)


def _returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.Return]:
    return [node for node in _own(function) if isinstance(node, ast.Return)]


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes below a node that are not in functions of their own."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield child
            yield from _own(child)


def _of_block(block: list[ast.stmt], name: str) -> _Values:
    """Values of a name after a block; a block that leaves the function or loop gives none, and is no way past it."""
    if block and isinstance(block[-1], _ENDS):
        return _Values([], True)
    found: list[ast.expr | None] = []
    for statement in reversed(block):
        values = _of_statement(statement, name)
        found += values.found
        if values.always:
            return _Values(found, True)
    return _Values(found, False)


def _of_statement(statement: ast.stmt, name: str) -> _Values:
    match statement:
        case ast.Assign(targets=names, value=value):
            values = [_element(each, value, name) for each in names]
            return next((each for each in values if each.always), _Values(_walrus(value, name), False))
        case ast.AnnAssign(target=ast.Name(id=own), value=ast.expr() as value) if own == name:
            return _Values([value], True)
        case ast.If(test=test, body=body, orelse=other):
            return _either([_of_block(body, name), _of_block(other, name)], _walrus(test, name))
        case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=last):
            ways = [_of_block([*body, *other], name), *(_of_block(each.body, name) for each in handlers)]
            before, after = _either(ways, []), _of_block(last, name)
            return after if last and after.always else _Values(before.found + after.found, before.always)
        case ast.For(target=bound, body=body) | ast.AsyncFor(target=bound, body=body):
            unknown: list[ast.expr | None] = [None] if _stores(bound, name) else []
            return _Values(_of_block(body, name).found + unknown, False)
        case ast.While(body=body):
            return _Values(_of_block(body, name).found, False)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            if any(each.optional_vars is not None and _stores(each.optional_vars, name) for each in items):
                return _Values([None], True)
            return _of_block(body, name)
        case ast.Match(cases=cases):
            return _Values([value for case in cases for value in _of_block(case.body, name).found], False)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return _Values([None], True) if statement.name == name else _NOTHING
        case _:
            stored = any(_stores(node, name) for node in _own(statement))
            return _Values([None], True) if stored else _NOTHING


def _either(ways: list[_Values], first: list[ast.expr | None]) -> _Values:
    return _Values([*(value for way in ways for value in way.found), *first], all(way.always for way in ways))


def _element(bound: ast.expr, value: ast.expr, name: str) -> _Values:
    match bound, value:
        case ast.Name(id=own), _ if own == name:
            return _Values([value], True)
        case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
            pairs = [_element(each, part, name) for each, part in zip(names, values, strict=True)]
            return next((each for each in pairs if each.always), _NOTHING)
        case _:
            return _Values([None], True) if _stores(bound, name) else _NOTHING


def _walrus(node: ast.expr, name: str) -> list[ast.expr | None]:
    return [each.value for each in ast.walk(node) if isinstance(each, ast.NamedExpr) and each.target.id == name]


def _stores(node: ast.AST, name: str) -> bool:
    return any(
        isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store) for each in ast.walk(node)
    )


def _binds(node: ast.AST, name: str) -> bool:
    """Whether a node around a name gives it a value that is not in the code: a parameter, a loop, a handler."""
    match node:
        case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args) | ast.Lambda(args=args):
            return any(isinstance(each, ast.arg) and each.arg == name for each in ast.walk(args))
        case ast.For(target=bound) | ast.AsyncFor(target=bound):
            return _stores(bound, name)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return any(each.optional_vars is not None and _stores(each.optional_vars, name) for each in items)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return any(_stores(each.target, name) for each in node.generators)
        case ast.ExceptHandler(name=bound):
            return bound == name
        case ast.match_case(pattern=pattern):
            return any(getattr(each, "name", None) == name for each in ast.walk(pattern))
        case _:
            return False
