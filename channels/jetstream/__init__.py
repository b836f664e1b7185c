"""NATS JetStream: our events out to a stream, and documents of ERP and WMS in from one. The only home of nats-py."""
