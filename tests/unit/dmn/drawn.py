"""Draws DMN files for the tests: a table from its rows, decisions that require one another."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def text(tag, source, attributes=""):
    return f"<{tag} {attributes}><text>{escape(source)}</text></{tag}>"


def table(rows, *, inputs=("a",), outputs=("r",), policy="UNIQUE", **more):
    """Give a decisionTable; a row is its input cells and then its output cells. More: aggregation, values, default."""
    values, default = more.get("values", ()), more.get("default", ())
    aggregation = more.get("aggregation", "")
    body = "".join(f"<input label={quoteattr(name)}>{text('inputExpression', name)}</input>" for name in inputs)
    for i, name in enumerate(outputs):
        inner = text("outputValues", values[i]) if i < len(values) else ""
        inner += text("defaultOutputEntry", default[i]) if i < len(default) else ""
        body += f"<output name={quoteattr(name)}>{inner}</output>"
    for row in rows:
        cells = [text("inputEntry", cell) for cell in row[: len(inputs)]]
        cells += [text("outputEntry", cell) for cell in row[len(inputs) :]]
        body += f"<rule>{''.join(cells)}</rule>"
    extra = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable hitPolicy="{policy}"{extra}>{body}</decisionTable>'


def decision(identity, logic, *requires, name=None):
    hrefs = [f'<requiredDecision href="#{required}"/>' for required in requires]
    needed = "".join(f"<informationRequirement>{href}</informationRequirement>" for href in hrefs)
    return f'<decision id="{identity}" name="{name or identity}">{needed}{logic}</decision>'


def file(*parts, namespace=NAMESPACE):
    return f'<definitions xmlns="{namespace}" id="f" name="f" namespace="urn:f">{"".join(parts)}</definitions>'


def one(rows, **how):
    """Give a file with the single table `t`."""
    return file(decision("t", table(rows, **how)))
