"""The application: pipeline, rules, store, node, web and command line."""
