"""One module per format: what a run found, as text for people or for programs."""

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
