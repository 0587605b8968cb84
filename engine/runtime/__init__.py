"""How it runs. The only user of SpiffWorkflow workflows. Pure: state in, state and effects out; asks no clock."""
