# When a task counts as ill, how long readings are kept, how carefully the agent acts, and how it
# checks. Every variable is the environment name of the same letters in lower case.

variable "lag_threshold_seconds" {
  description = "Latency from which a task counts as lagging."
  type        = number
  default     = 600

  validation {
    condition     = var.lag_threshold_seconds >= 1 && var.lag_threshold_seconds <= 31536000 && floor(var.lag_threshold_seconds) == var.lag_threshold_seconds
    error_message = "lag_threshold_seconds must be a whole number from 1 to 31536000 (a year)."
  }
}

variable "stuck_task_threshold_seconds" {
  description = "Time without progress from which a running task counts as stuck."
  type        = number
  default     = 1800

  validation {
    condition     = var.stuck_task_threshold_seconds >= 1 && var.stuck_task_threshold_seconds <= 31536000 && floor(var.stuck_task_threshold_seconds) == var.stuck_task_threshold_seconds
    error_message = "stuck_task_threshold_seconds must be a whole number from 1 to 31536000 (a year)."
  }
}

variable "recovery_threshold_seconds" {
  description = "Time for which a task may retry by itself before people are told."
  type        = number
  default     = 1800

  validation {
    condition     = var.recovery_threshold_seconds >= 1 && var.recovery_threshold_seconds <= 31536000 && floor(var.recovery_threshold_seconds) == var.recovery_threshold_seconds
    error_message = "recovery_threshold_seconds must be a whole number from 1 to 31536000 (a year)."
  }
}

variable "history_days" {
  description = "Days for which the readings of all tasks are kept."
  type        = number
  default     = 35

  # Two weeks and a day: less cannot compare a day with the same day of the week before last.
  validation {
    condition     = var.history_days >= 15 && var.history_days <= 400 && floor(var.history_days) == var.history_days
    error_message = "history_days must be a whole number from 15 to 400."
  }
}

variable "qlik_concurrency" {
  description = "Requests to Qlik that a reading of all tasks has under way at once."
  type        = number
  default     = 16

  validation {
    condition     = var.qlik_concurrency >= 1 && var.qlik_concurrency <= 64 && floor(var.qlik_concurrency) == var.qlik_concurrency
    error_message = "qlik_concurrency must be a whole number from 1 to 64."
  }
}

variable "qlik_action_timeout_seconds" {
  description = "Longest wait for Qlik to carry out one run or stop."
  type        = number
  default     = 60

  # execute_restart has 600 seconds for a stop, a run and the readings between.
  validation {
    condition     = var.qlik_action_timeout_seconds >= 1 && var.qlik_action_timeout_seconds <= 100 && floor(var.qlik_action_timeout_seconds) == var.qlik_action_timeout_seconds
    error_message = "qlik_action_timeout_seconds must be a whole number from 1 to 100."
  }
}

variable "openai_timeout_seconds" {
  description = "Longest wait for the model's answer; the rules answer in its place after that."
  type        = number
  default     = 20

  validation {
    condition     = var.openai_timeout_seconds >= 1 && var.openai_timeout_seconds <= 30 && floor(var.openai_timeout_seconds) == var.openai_timeout_seconds
    error_message = "openai_timeout_seconds must be a whole number from 1 to 30."
  }
}

variable "max_restart_attempts" {
  description = "Restarts of one task until it has been healthy for restart_window_seconds; further ones need people."
  type        = number
  default     = 3

  validation {
    condition     = var.max_restart_attempts >= 1 && var.max_restart_attempts <= 20 && floor(var.max_restart_attempts) == var.max_restart_attempts
    error_message = "max_restart_attempts must be a whole number from 1 to 20."
  }
}

variable "restart_window_seconds" {
  description = "Continuous health after which the restarts of a task count no more."
  type        = number
  default     = 86400

  validation {
    condition     = var.restart_window_seconds >= 60 && var.restart_window_seconds <= 2592000 && floor(var.restart_window_seconds) == var.restart_window_seconds
    error_message = "restart_window_seconds must be a whole number from 60 to 2592000 (30 days)."
  }
}

variable "restart_backoff_seconds" {
  description = "Unit of the growing pause between restarts of one task: n restarts wait n*n+n units."
  type        = number
  default     = 60

  validation {
    condition     = var.restart_backoff_seconds >= 1 && var.restart_backoff_seconds <= 3600 && floor(var.restart_backoff_seconds) == var.restart_backoff_seconds
    error_message = "restart_backoff_seconds must be a whole number from 1 to 3600."
  }
}

variable "auto_restart_enabled" {
  description = "Whether anything may run without a person's approval; it also takes auto_restart_servers and auto_restart_actions."
  type        = bool
  default     = false
}

variable "auto_restart_min_confidence" {
  description = "Confidence of a proposal from which it may run without approval."
  type        = number
  default     = 0.85

  validation {
    condition     = var.auto_restart_min_confidence >= 0 && var.auto_restart_min_confidence <= 1
    error_message = "auto_restart_min_confidence must be between 0 and 1."
  }
}

variable "verify_interval_seconds" {
  description = "Time between two looks at a restarted task."
  type        = number
  default     = 30

  validation {
    condition     = var.verify_interval_seconds >= 1 && var.verify_interval_seconds <= 3600 && floor(var.verify_interval_seconds) == var.verify_interval_seconds
    error_message = "verify_interval_seconds must be a whole number from 1 to 3600."
  }
}

variable "verify_settle_seconds" {
  description = "Time after a restart in which nothing is judged yet."
  type        = number
  default     = 60

  validation {
    condition     = var.verify_settle_seconds >= 0 && var.verify_settle_seconds <= 3600 && floor(var.verify_settle_seconds) == var.verify_settle_seconds
    error_message = "verify_settle_seconds must be a whole number from 0 to 3600."
  }
}

variable "verify_healthy_readings" {
  description = "Healthy looks in a row that close an incident."
  type        = number
  default     = 3

  validation {
    condition     = var.verify_healthy_readings >= 1 && var.verify_healthy_readings <= 20 && floor(var.verify_healthy_readings) == var.verify_healthy_readings
    error_message = "verify_healthy_readings must be a whole number from 1 to 20."
  }
}

variable "verify_max_checks" {
  description = "Looks after which a task that is still not healthy is handed to people."
  type        = number
  default     = 20

  # Every look costs a few entries of an execution's history, which ends at 25,000.
  validation {
    condition     = var.verify_max_checks >= var.verify_healthy_readings && var.verify_max_checks <= 80 && floor(var.verify_max_checks) == var.verify_max_checks
    error_message = "verify_max_checks must be a whole number from verify_healthy_readings to 80."
  }

  validation {
    condition     = var.verify_max_checks * var.max_restart_attempts <= 80
    error_message = "verify_max_checks times max_restart_attempts must be at most 80: an execution's history holds 25,000 entries."
  }
}
