"""The answer to what was received: ``acknowledgment`` turns verdicts into 997, 999 and TA1, and reads a TA1;
``answering`` says what an envelope comes to and writes the answer as an interchange from its receiver."""
