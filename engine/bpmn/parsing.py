"""The library's reading of one scope, node by node: it would go from each node into the next, as deep as a drawing is
long, and beyond some three hundred in a row Python refuses to go deeper.

Reads what can be reached from the starts and nothing else, then ties the nodes together. Must never change a meaning.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway import ExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.inclusive_gateway import InclusiveGateway


class FlatProcessParser(ProcessParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Reads each node by itself. While it does, no node has flows out of it."""

    def add_tasks(self) -> None:
        self._readers: dict[str, Any] = {}
        super().add_tasks()
        ahead = list(self._readers)
        while ahead:
            for target in self._targets(ahead.pop()):
                if target not in self._readers:
                    before = len(self._readers)
                    self.parse_node(self.nodes_by_id[target])
                    ahead += list(self._readers)[before:]
        for reader in self._readers.values():
            self._connect(reader)

    def parse_node(self, node: Any) -> Any:
        """Return the specification of a node, read once."""
        if node.get("id") in self.spec.task_specs:
            return self.spec.task_specs[node.get("id")]
        reader_class, spec_class = self.parser._get_parser_class(node.tag)
        reader = self._readers[node.get("id")] = reader_class(self, spec_class, node, self.nsmap, lane=self.lane)
        return reader.parse_node()

    def get_outgoing_sequence_flows(self, source_ref: str) -> list[Any]:  # noqa: ARG002  the signature is SpiffWorkflow's
        return []

    def _targets(self, element_id: str) -> list[str]:
        return [flow.get("targetRef") for flow in self.outgoing_sequence_flows.get(element_id, ())]

    def _connect(self, reader: Any) -> None:
        flows = self.outgoing_sequence_flows.get(reader.bpmn_id, ())
        default = reader.node.get("default")
        if len(flows) == 1 and isinstance(reader.task, ExclusiveGateway | InclusiveGateway):
            default = flows[0].get("id") if reader.parse_condition(flows[0]) is None else default
        for flow in flows:
            target = flow.get("targetRef")
            specs = self.spec.task_specs
            following = specs.get(f"{target}.BoundaryEventSplit") or specs[target]
            reader.connect_outgoing(following, flow, flow.get("id") == default)
