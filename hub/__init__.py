"""The application: pipeline, rules, store, connectors to ERP and WMS, web and command line."""
