"""The same work on the same Postgres, done by pgbench: what the database alone would carry."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from bench.measurement import BenchFailed, Measurement, Meter
from bench.programs import Program
from bench.statements import Query, Words, as_text

_PLACEHOLDER = re.compile(r"\$(\d+)")
# pgbench sees variables in quoted words, too; a literal that goes on in the next line is the same one.
_LIKE_A_VARIABLE, _PARTED = re.compile(r"(?<!:):(?=[A-Za-z_])"), ":'\n'"
_COUNT = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
_RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


@dataclass
class Script:
    """A transaction as pgbench reads it, and the variables in it."""

    lines: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def say(self, line: str) -> "Script":
        """Append a line of pgbench's own, or SQL without parameters."""
        self.lines.append(line)
        return self

    def ask(self, query: Query, ending: str = ";") -> "Script":
        """Append a statement, whose values are sent as parameters."""
        safe = _LIKE_A_VARIABLE.sub(_PARTED, query.sql)
        sql = _PLACEHOLDER.sub(lambda found: self._spelled(query.values[int(found[1]) - 1]), safe)
        return self.say(sql + ending)

    def _spelled(self, value: object) -> str:
        if isinstance(value, Words):
            return f"({value})"
        text = as_text(value)
        if not text:  # a variable cannot be empty
            return "NULL" if text is None else "''"
        name = f"value_{len(self.variables)}"
        self.variables[name] = text
        return f":{name}"


def repeat(pgbench: Program, script: Script, *, clients: int, seconds: int, folder: Path, meter: Meter) -> Measurement:
    """Run the script on so many connections for so long, on the database that libpq's variables name."""
    file = folder / "transaction.sql"
    file.write_text("\n".join(script.lines) + "\n")
    values = [f"--define={name}={value}" for name, value in script.variables.items()]
    how = ["--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--time={seconds}", f"--file={file}"]
    command = [str(pgbench.path), *how, *values]
    before = meter.read()
    done = subprocess.run(command, env=pgbench.environment, capture_output=True, text=True, check=False)
    meter.rest()  # until the sessions are gone, and what they took is known
    spent = meter.spent_since(before)
    count, rate = (pattern.search(done.stdout) for pattern in (_COUNT, _RATE))
    if done.returncode or not (count and rate):
        raise BenchFailed(f"pgbench: {done.stderr[-500:]}")
    return Measurement.of(count=int(count[1]), seconds=int(count[1]) / float(rate[1]), spent=spent)
