"""`make approve` and `make reject`: an operator with AWS credentials answers a question."""
