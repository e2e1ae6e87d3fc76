# What most stacks set. Thresholds and budgets stand in variables_tuning.tf, who approves in
# variables_approval.tf, secrets in variables_secrets.tf, network, API and audit in
# variables_platform.tf, the console's sign-in in variables_sign_in.tf.

variable "name_prefix" {
  description = "First part of the name of every resource."
  type        = string
  default     = "qlik-monitor"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,23}$", var.name_prefix))
    error_message = "name_prefix must be 1 to 24 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "environment" {
  description = "Second part of the name of every resource, such as prod or test."
  type        = string
  default     = "prod"

  validation {
    condition     = can(regex("^[a-z0-9]{1,16}$", var.environment))
    error_message = "environment must be 1 to 16 lower-case letters and digits."
  }
}

variable "tags" {
  description = "Tags for every resource, beside the stack's own."
  type        = map(string)
  default     = {}
}

variable "qlik_api_endpoint" {
  description = "Address of Qlik Enterprise Manager (such as https://qem.example.com/attunityenterprisemanager) or of the Qlik Cloud tenant."
  type        = string

  # Plain HTTP would send the credentials readable; a mock server on the same machine may use it.
  validation {
    condition     = can(regex("^(https://[^@/?#[:space:]]+|http://(localhost|127\\.0\\.0\\.1)(:[0-9]+)?)(/[^@?#[:space:]]*)?$", var.qlik_api_endpoint))
    error_message = "qlik_api_endpoint must be an https:// address without user name, query or fragment (http:// only for localhost)."
  }
}

variable "qlik_flavor" {
  description = "Which Qlik product answers at qlik_api_endpoint; auto decides by the address."
  type        = string
  default     = "auto"

  validation {
    condition     = contains(["auto", "enterprise_manager", "cloud"], var.qlik_flavor)
    error_message = "qlik_flavor must be auto, enterprise_manager or cloud."
  }
}

variable "openai_model" {
  description = "Model that proposes actions. One with structured output answers most reliably."
  type        = string
  default     = "gpt-4o"

  validation {
    condition     = can(regex("^[^[:space:]]{1,100}$", var.openai_model))
    error_message = "openai_model must be a model's name: 1 to 100 characters without spaces."
  }
}

variable "openai_base_url" {
  description = "Address of another service that speaks OpenAI's API, such as a gateway; empty for OpenAI itself."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^(https://[^@/?#[:space:]]+|http://(localhost|127\\.0\\.0\\.1)(:[0-9]+)?)(/[^@#[:space:]]*)?$", var.openai_base_url))
    error_message = "openai_base_url must be empty or an https:// address without user name (http:// only for localhost)."
  }
}

variable "monitoring_interval_seconds" {
  description = "Time between two cycles."
  type        = number
  default     = 300

  # EventBridge counts in minutes, and CloudWatch's longest watch (three cycles) ends at a day.
  validation {
    condition     = var.monitoring_interval_seconds >= 60 && var.monitoring_interval_seconds <= 21600 && var.monitoring_interval_seconds % 60 == 0
    error_message = "monitoring_interval_seconds must be a multiple of 60 between 60 and 21600."
  }
}

variable "schedule_enabled" {
  description = "Whether cycles start by themselves. When false, only executions started by hand run."
  type        = bool
  default     = true
}

variable "alert_emails" {
  description = "Addresses that get notices and alarms, and approval requests where approvers is empty; each has to confirm its subscription."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for email in var.alert_emails : can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", email))])
    error_message = "alert_emails must hold e-mail addresses only."
  }
}

variable "architecture" {
  description = "Processor of the functions; `python -m local.build --architecture` must have built for the same one."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "build_folder" {
  description = "Folder with the built layers and functions; null for build/<architecture>."
  type        = string
  default     = null
}

variable "artifact_bucket" {
  description = "Bucket with the functions' archives (see local/artifacts.py); null to upload them from build_folder. From a bucket, functions are made side by side: eight take 10 seconds instead of 45."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether the table with all history refuses to be deleted."
  type        = bool
  default     = true
}

variable "log_level" {
  description = "Least level of the functions' log lines."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }
}

variable "log_retention_days" {
  description = "Days for which log lines are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a retention CloudWatch Logs offers, such as 7, 14, 30, 90 or 365."
  }
}

variable "kms_key_arn" {
  description = "Customer key for table, secrets, topics and logs; null for AWS's own keys. Its policy must let CloudWatch Logs, and CloudWatch alarms for SNS, use it."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^[:space:]]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be null or the ARN of a KMS key (not an alias)."
  }
}

variable "reserved_concurrency" {
  description = "Executions reserved for a function, by its name in functions/; functions left out share the account's pool."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for name, count in var.reserved_concurrency : contains(keys(local.functions), name) && count >= 1 && floor(count) == count])
    error_message = "reserved_concurrency must map names of functions (such as monitor_tasks) to whole numbers from 1."
  }
}

variable "localstack_endpoint" {
  description = "Address of LocalStack, whose API Gateway has addresses of its own form; null on AWS."
  type        = string
  default     = null

  validation {
    condition     = var.localstack_endpoint == null || can(regex("^https?://[^/[:space:]]+$", var.localstack_endpoint))
    error_message = "localstack_endpoint must be null or an address without a trailing slash, such as http://127.0.0.1:4566."
  }
}
