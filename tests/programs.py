"""Which other programs our Python files and shell scripts start, read from their syntax."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

# What starts the program that is its first argument, or looks where it is.
STARTERS = {
    *(f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output", "getoutput")),
    *(f"os.{kind}{way}" for kind in ("exec", "spawn") for way in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    *("os.system", "os.popen", "os.posix_spawn", "os.posix_spawnp", "pty.spawn", "shutil.which"),
    *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"),
}
TAKE_SHELL_CODE = {"os.system", "os.popen", "subprocess.getoutput", "asyncio.create_subprocess_shell"}
# What comes out of these calls names the same program as their first argument.
SAME = {"str", "pathlib.Path", "os.fspath", "shutil.which"}

# Shell commands that run another one, with those of their options that take a value.
RUN_ANOTHER: dict[str, set[str]] = {
    "exec": {"-a"},
    "command": set(),
    "env": {"-u"},
    "nice": {"-n"},
    "nohup": set(),
    "setpriv": {"--pdeathsig"},
    "timeout": {"-k", "-s"},
    "unshare": set(),
    "xargs": {"-n", "-P"},
}


@dataclass(frozen=True, order=True)
class Start:
    """A program that is started somewhere; `?` and an expression where the syntax does not tell which."""

    program: str
    where: str


# --- Python -----------------------------------------------------------------------------------
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """One Python file, and what its names stand for."""

    def __init__(self, where: str, source: str):
        self.where = where
        self.name = where.removesuffix(".py").replace("/", ".")
        self.tree = ast.parse(source)
        self.nodes = list(ast.walk(self.tree))
        self.functions = {node.name for node in self.nodes if isinstance(node, Function)}
        self.imported: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                self.imported |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                self.imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What each node stands in."""
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def calls(self) -> list[tuple[str, ast.Call]]:
        """Every call with the full name of what is called."""
        return [(self.full_name(node.func), node) for node in self.nodes if isinstance(node, ast.Call)]

    def full_name(self, node: ast.expr) -> str:
        """The dotted name that an expression stands for, with its module; empty if it is no name."""
        if isinstance(node, ast.Attribute):
            start = self.full_name(node.value)
            return f"{start}.{node.attr}" if start else ""
        if isinstance(node, ast.Name):
            ours = f"{self.name}.{node.id}" if node.id in self.functions else node.id
            return self.imported.get(node.id, ours)
        return ""

    def functions_around(self, node: ast.AST) -> list[Function]:
        """The functions that a node stands in, from the innermost on."""
        found = []
        while (parent := self.parents.get(node)) is not None:
            if isinstance(parent, Function):
                found.append(parent)
            node = parent
        return found


@dataclass(frozen=True)
class Parameter:
    """A parameter of one of our functions that tells which program to start."""

    function: str
    name: str
    position: int


class PythonReader:
    """Follows from each call that starts a program where the name of the program comes from."""

    def __init__(self, modules: list[Module]):
        self.modules = {module.name: module for module in modules}
        self.starts: set[Start] = set()
        self.parameters: set[Parameter] = set()

    def read(self) -> set[Start]:
        """Every program that is started in these modules."""
        for module in self.modules.values():
            for name, call in module.calls:
                if name in STARTERS:
                    self.note(
                        module, call, "args", 0, shell=name in TAKE_SHELL_CODE or given(call, "shell") is not None
                    )
        followed: set[Parameter] = set()
        while new := self.parameters - followed:
            followed |= new
            for parameter in new:
                for module in self.modules.values():
                    for name, call in module.calls:
                        if name == parameter.function:
                            self.note(module, call, parameter.name, parameter.position)
        return self.starts

    def note(self, module: Module, call: ast.Call, name: str, position: int, *, shell: bool = False) -> None:
        """Note what a call gives for a parameter."""
        if (told := given(call, name, position)) is not None:
            for program in self.trace(module, told):
                if shell:
                    self.starts |= read_shell(program, module.where, call.lineno)
                else:
                    self.starts.add(Start(program, f"{module.where}:{call.lineno}"))

    def trace(self, module: Module, node: ast.expr) -> set[str]:  # noqa: PLR0911  one for each kind of expression
        """The programs that an expression may name, itself or as the first word of a list."""
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case (
                ast.List(elts=[inner, *_])
                | ast.Tuple(elts=[inner, *_])
                | ast.Starred(value=inner)
                | ast.BinOp(op=ast.Add(), left=inner)
                | ast.BinOp(op=ast.Div(), right=inner)  # a path
                | ast.Call(func=ast.Attribute(value=inner, attr="split" | "resolve" | "absolute"))
                | ast.Call(func=ast.Attribute(attr="with_name"), args=[inner])
            ):
                return {text.split()[0] if text[:1] != "?" else text for text in self.trace(module, inner) if text}
            case ast.BoolOp(values=either):
                return set().union(*(self.trace(module, part) for part in either))
            case ast.IfExp(body=one, orelse=other):
                return self.trace(module, one) | self.trace(module, other)
            case ast.Call(func=function, args=[inner, *_]) if module.full_name(function) in SAME:
                return self.trace(module, inner)
        if module.full_name(node) == "sys.executable":
            return {"python"}
        found = None
        if isinstance(node, ast.Name):
            found = self.trace_name(module, node)
        elif isinstance(node, ast.Call):
            found = self.trace_result(module, node)
        return {f"?{ast.unparse(node)}"} if found is None else found

    def trace_name(self, module: Module, node: ast.Name) -> set[str] | None:
        """What a name holds; None if nobody gives it anything. What callers give for a parameter is followed later."""
        around = module.functions_around(node)
        for depth, function in enumerate(around):
            if (told := self.assigned(module, function, node)) is not None:
                return told
            placed = [*function.args.posonlyargs, *function.args.args, *filter(None, [function.args.vararg])]
            names = [parameter.arg for parameter in (*placed, *function.args.kwonlyargs)]
            if node.id in names:
                position = names.index(node.id) if names.index(node.id) < len(placed) else -1
                # What a fixture hands out is called by the fixture's name.
                for outer in around[depth:]:
                    self.parameters.add(Parameter(f"{module.name}.{outer.name}", node.id, position))
                plain = [parameter.arg for parameter in (*function.args.posonlyargs, *function.args.args)]
                defaults = zip(reversed(plain), reversed(function.args.defaults), strict=False)
                named = zip(names[len(placed) :], function.args.kw_defaults, strict=True)
                default = (dict(defaults) | dict(named)).get(node.id)
                return set() if default is None else self.trace(module, default)
        source, _, name = module.imported.get(node.id, f"{module.name}.{node.id}").rpartition(".")
        home = self.modules.get(source)
        return None if home is None else self.assigned(home, home.tree, ast.Name(name))

    def assigned(self, module: Module, scope: ast.AST, name: ast.Name) -> set[str] | None:
        """What is assigned to a name in a function or module."""
        found = None
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    pairs = [(target, node.value)]
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                        pairs = list(zip(target.elts, node.value.elts, strict=False))
                    for one, value in pairs:
                        if isinstance(one, ast.Name) and one.id == name.id:
                            found = (found or set()) | self.trace(module, value)
        return found

    def trace_result(self, module: Module, call: ast.Call) -> set[str] | None:
        """What one of our own functions returns."""
        source, _, name = module.full_name(call.func).rpartition(".")
        found = None
        if (home := self.modules.get(source)) is None:
            return None
        for function in home.nodes:
            if isinstance(function, Function) and function.name == name:
                for node in ast.walk(function):
                    if isinstance(node, ast.Return) and node.value is not None:
                        found = (found or set()) | self.trace(home, node.value)
        return found


def given(call: ast.Call, name: str, position: int = -1) -> ast.expr | None:
    """The argument of a call for a parameter, by its name or its position."""
    named = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    placed = call.args[position] if 0 <= position < len(call.args) else None
    return named if named is not None else placed


def read_python(sources: dict[str, str]) -> set[Start]:
    """The programs that Python files start; each is named by its path and given by its source."""
    return PythonReader([Module(where, source) for where, source in sources.items()]).read()


# --- shell ------------------------------------------------------------------------------------
BASH = Parser(Language(tree_sitter_bash.language()))


class ShellReader:
    """Finds each word of a script that stands where a command is expected."""

    def __init__(self, source: str, where: str, line: int):
        # The grammar does not know this way to open a file.
        self.tree = BASH.parse(source.replace("<>", "<").encode()).root_node
        self.where, self.line = where, line
        self.starts: set[Start] = set()
        self.nodes = list(descendants(self.tree))
        self.functions = {text(node.children[0]): node for node in self.nodes if node.type == "function_definition"}

    def read(self) -> set[Start]:
        """Every program that the script starts; its own functions are not among them."""
        for node in self.nodes:
            if node.type == "ERROR" or node.is_missing:
                self.note(f"?{text(node)}", node)
            elif node.type == "command" and (name := node.child_by_field_name("name")) is not None:
                self.read_command([name.children[0], *node.children_by_field_name("argument")], ())
        return {start for start in self.starts if start.program not in self.functions}

    def note(self, program: str, node: Node) -> None:
        self.starts.add(Start(program, f"{self.where}:{self.line + node.start_point.row}"))

    def read_command(self, words: list[Node], through: tuple[str, ...]) -> None:
        """Note what this command starts, and what that starts with the words behind it."""
        if not words:
            return
        first, *rest = words
        content = text(first).strip('"')
        if re.fullmatch(r"\$@|\$\{@:(\d+)\}", content):
            self.read_callers(first, through)
        elif array := re.fullmatch(r"\$\{(\w+)\[@\]\}", content):
            for values in self.assigned(array[1]):
                self.read_command([*words_of(values), *rest], through)
        elif re.fullmatch(r"\$\d", content):
            self.read_callers(first, through, only_first=True)
        else:
            for name in self.values(first):
                self.note(name, first)
                self.read_argument(name, rest, through)

    def read_argument(self, name: str, rest: list[Node], through: tuple[str, ...]) -> None:
        """What a command that was named starts itself."""
        if name in RUN_ANOTHER and not (name == "command" and rest and text(rest[0]) in ("-v", "-V")):
            while rest and (text(rest[0])[:1] == "-" or text(rest[0]).isdigit()):
                rest = rest[2:] if text(rest[0]) in RUN_ANOTHER[name] else rest[1:]
            self.read_command(rest, through)
        code = rest[:1] if name in ("eval", "trap") else []
        if code and text(code[0]) == "-":  # `trap - SIGNAL` takes a trap away
            code = []
        for option, value in pairwise(rest):
            if (name in ("bash", "sh") and re.fullmatch(r"-\w*c", text(option))) or text(option) == "--command":
                code = [value]
        for node in code:
            self.starts |= read_shell(text(node).strip("'\""), self.where, self.line + node.start_point.row)

    def read_callers(self, word: Node, through: tuple[str, ...], *, only_first: bool = False) -> None:
        """A function that runs its arguments: what each of its calls gives."""
        function = next((name for name, node in self.functions.items() if inside(word, node)), "")
        if not function or function in through:
            if not function:
                self.note(f"?{text(word)}", word)
            return
        body = self.functions[function]
        number = re.search(r"\d", text(word))
        shifts = sum(
            text(node) == "shift"
            for node in descendants(body)
            if node.type == "command" and node.end_byte <= word.start_byte
        )
        begin = shifts + (int(number[0]) - 1 if number else 0)
        for node in self.nodes:
            if (
                node.type == "command"
                and (name := node.child_by_field_name("name")) is not None
                and text(name) == function
            ):
                words = node.children_by_field_name("argument")[begin:]
                self.read_command(words[:1] if only_first else words, (*through, function))

    def values(self, word: Node) -> set[str]:
        """What a word may say, with the variables of the script put in."""
        content = text(word).strip("\"'")
        found = {""}
        for piece in re.split(r"(\$\w+|\$\{\w+-?\})", content):
            if piece[:1] != "$":
                found = {before + piece for before in found}
                continue
            name = piece.strip("${}-")
            if name == "PWD":  # every script goes to the project's folder first
                found = {before + "." for before in found}
                continue
            values = {value for node in self.assigned(name) for value in self.values(node)} or {f"?{piece}"}
            found = {before + value for before in found for value in values}
        return {value for value in found if value}

    def assigned(self, name: str) -> list[Node]:
        """The values that a variable is given: by an assignment or in a loop."""
        found = []
        for node in self.nodes:
            if node.type == "variable_assignment" and text(node.children[0]).removesuffix("+") == name:
                found += [value for value in [node.child_by_field_name("value")] if value is not None]
            elif node.type == "for_statement" and text(node.children[1]) == name:
                found += node.children_by_field_name("value")
        return [node for node in found if text(node) not in (f'"${name}"', f"${name}")]


def text(node: Node) -> str:
    return (node.text or b"").decode()


def descendants(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from descendants(child)


def inside(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def words_of(array: Node) -> list[Node]:
    return [child for child in array.children if child.is_named]


def read_shell(source: str, where: str, line: int = 1) -> set[Start]:
    """The programs that a shell script starts, its builtins among them."""
    return ShellReader(source, where, line).read()


def listed_packages(script: Path) -> set[str]:
    """The Debian packages that a script installs, or names, where they are missing."""
    nodes = descendants(BASH.parse(script.read_bytes()).root_node)
    return {
        text(word)
        for node in nodes
        if node.type == "variable_assignment" and text(node).startswith("missing+=")
        for word in words_of(node.children[-1])
    }
