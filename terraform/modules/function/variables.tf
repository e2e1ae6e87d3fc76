variable "name" {
  description = "Name of the function, its role and its log group."
  type        = string
}

variable "description" {
  description = "What the function does, in one sentence."
  type        = string
}

variable "handler" {
  description = "Dotted path of the Python function that Lambda calls."
  type        = string
}

variable "archive" {
  description = "Zip with the function's code."
  type        = string
}

variable "artifact_bucket" {
  description = "Bucket that holds the archive already; null to upload it."
  type        = string
}

variable "architecture" {
  description = "Processor: arm64 or x86_64."
  type        = string
}

variable "timeout" {
  description = "Longest run, in seconds."
  type        = number
}

variable "memory" {
  description = "Memory in MB; the share of a processor grows with it."
  type        = number
}

variable "reserved_concurrency" {
  description = "Executions reserved for this function; null to share the account's pool."
  type        = number
}

variable "layers" {
  description = "ARNs of layer versions."
  type        = list(string)
}

variable "environment" {
  description = "Environment variables; never a secret."
  type        = map(string)
}

variable "policies" {
  description = "Policy documents (JSON) that say what the function may do."
  type        = list(string)
}

variable "subnet_ids" {
  description = "Subnets to run in; empty for none."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Security groups within the subnets."
  type        = list(string)
}

variable "log_retention_days" {
  description = "Days for which log lines are kept."
  type        = number
}

variable "kms_key_arn" {
  description = "Key for the log group; null for AWS's own."
  type        = string
}

variable "alarm_topic_arn" {
  description = "SNS topic that the function's alarms go to."
  type        = string
}
