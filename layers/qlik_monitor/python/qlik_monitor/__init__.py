"""The Qlik Replication Monitoring Agent: what every function of the stack shares."""
