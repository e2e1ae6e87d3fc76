"""LocalStack plug-ins that replace its two parts that need Docker or a download."""
