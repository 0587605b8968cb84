"""What is kept: tables and the only commit. Never knows a rule of the administration or of BPMN."""
