"""The whole product on one machine: LocalStack, the mock servers, and a scenario played out."""
