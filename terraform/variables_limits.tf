# How much the agent may do by itself and in all, and what it may spend on the model. Every variable is
# the environment name of the same letters in lower case.

variable "auto_restart_servers" {
  description = "Servers whose tasks may be restarted without a person: names or patterns such as prod-*, separated by commas."
  type        = string
  default     = ""

  validation {
    condition     = !can(regex("[[:cntrl:]]|,\\s*,|^\\s*,|,\\s*$", var.auto_restart_servers))
    error_message = "auto_restart_servers must be names or patterns separated by commas, or empty."
  }
}

variable "auto_restart_actions" {
  description = "Actions that may run without a person: resume, stop_and_resume or both, separated by commas."
  type        = string
  default     = ""

  validation {
    condition     = alltrue([for action in split(",", var.auto_restart_actions) : contains(["", "resume", "stop_and_resume"], trimspace(action))])
    error_message = "auto_restart_actions may name resume and stop_and_resume, separated by commas, or be empty."
  }
}

variable "destructive_actions_enabled" {
  description = "Whether a reload may be carried out after an approval of its own; if not, people do it in Qlik."
  type        = bool
  default     = false
}

variable "server_restart_cap" {
  description = "Restarts of one server's tasks within restart_cap_window_seconds."
  type        = number
  default     = 25

  validation {
    condition     = var.server_restart_cap >= 1 && var.server_restart_cap <= 1000 && floor(var.server_restart_cap) == var.server_restart_cap
    error_message = "server_restart_cap must be a whole number from 1 to 1000."
  }
}

variable "fleet_restart_cap" {
  description = "Restarts of all tasks together within restart_cap_window_seconds."
  type        = number
  default     = 50

  validation {
    condition     = var.fleet_restart_cap >= 1 && var.fleet_restart_cap <= 10000 && floor(var.fleet_restart_cap) == var.fleet_restart_cap
    error_message = "fleet_restart_cap must be a whole number from 1 to 10000."
  }
}

variable "restart_cap_window_seconds" {
  description = "Rolling time over which server_restart_cap and fleet_restart_cap count."
  type        = number
  default     = 3600

  validation {
    condition     = var.restart_cap_window_seconds >= 60 && var.restart_cap_window_seconds <= 86400 && floor(var.restart_cap_window_seconds) == var.restart_cap_window_seconds
    error_message = "restart_cap_window_seconds must be a whole number from 60 to 86400."
  }
}

variable "breaker_failures" {
  description = "Failed restarts at one endpoint within breaker_window_seconds that open its circuit breaker."
  type        = number
  default     = 3

  validation {
    condition     = var.breaker_failures >= 1 && var.breaker_failures <= 100 && floor(var.breaker_failures) == var.breaker_failures
    error_message = "breaker_failures must be a whole number from 1 to 100."
  }
}

variable "breaker_window_seconds" {
  description = "Rolling time over which breaker_failures counts."
  type        = number
  default     = 3600

  validation {
    condition     = var.breaker_window_seconds >= 60 && var.breaker_window_seconds <= 86400 && floor(var.breaker_window_seconds) == var.breaker_window_seconds
    error_message = "breaker_window_seconds must be a whole number from 60 to 86400."
  }
}

variable "breaker_open_seconds" {
  description = "Time for which an open circuit breaker lets nothing pass; then it lets one restart try."
  type        = number
  default     = 1800

  validation {
    condition     = var.breaker_open_seconds >= 1 && var.breaker_open_seconds <= 86400 && floor(var.breaker_open_seconds) == var.breaker_open_seconds
    error_message = "breaker_open_seconds must be a whole number from 1 to 86400."
  }
}

variable "ineffective_fix_failures" {
  description = "Failures of the same action on one task after which it is not tried again."
  type        = number
  default     = 3

  validation {
    condition     = var.ineffective_fix_failures >= 1 && var.ineffective_fix_failures <= 20 && floor(var.ineffective_fix_failures) == var.ineffective_fix_failures
    error_message = "ineffective_fix_failures must be a whole number from 1 to 20."
  }
}

variable "illness_returns" {
  description = "Times that an illness may return within illness_returns_window_seconds after a restart that helped."
  type        = number
  default     = 3

  validation {
    condition     = var.illness_returns >= 1 && var.illness_returns <= 100 && floor(var.illness_returns) == var.illness_returns
    error_message = "illness_returns must be a whole number from 1 to 100."
  }
}

variable "illness_returns_window_seconds" {
  description = "Rolling time over which illness_returns counts."
  type        = number
  default     = 21600

  validation {
    condition     = var.illness_returns_window_seconds >= 60 && var.illness_returns_window_seconds <= 2592000 && floor(var.illness_returns_window_seconds) == var.illness_returns_window_seconds
    error_message = "illness_returns_window_seconds must be a whole number from 60 to 2592000."
  }
}

variable "openai_calls_per_day" {
  description = "Calls of the model in one day, UTC; the rules decide beyond them."
  type        = number
  default     = 500

  validation {
    condition     = var.openai_calls_per_day >= 0 && var.openai_calls_per_day <= 100000 && floor(var.openai_calls_per_day) == var.openai_calls_per_day
    error_message = "openai_calls_per_day must be a whole number from 0 to 100000."
  }
}

variable "openai_tokens_per_day" {
  description = "Tokens of questions and answers in one day, UTC; the rules decide beyond them."
  type        = number
  default     = 1000000

  validation {
    condition     = var.openai_tokens_per_day >= 0 && var.openai_tokens_per_day <= 1000000000 && floor(var.openai_tokens_per_day) == var.openai_tokens_per_day
    error_message = "openai_tokens_per_day must be a whole number from 0 to 1000000000."
  }
}

variable "openai_usd_per_day" {
  description = "US dollars for the model in one day, UTC; the rules decide beyond them."
  type        = number
  default     = 5.0

  validation {
    condition     = var.openai_usd_per_day >= 0 && var.openai_usd_per_day <= 100000
    error_message = "openai_usd_per_day must be a number from 0 to 100000."
  }
}

variable "openai_input_usd_per_million" {
  description = "Price of a million tokens of questions, in US dollars."
  type        = number
  default     = 2.5

  validation {
    condition     = var.openai_input_usd_per_million >= 0 && var.openai_input_usd_per_million <= 1000
    error_message = "openai_input_usd_per_million must be a number from 0 to 1000."
  }
}

variable "openai_output_usd_per_million" {
  description = "Price of a million tokens of answers, in US dollars."
  type        = number
  default     = 10.0

  validation {
    condition     = var.openai_output_usd_per_million >= 0 && var.openai_output_usd_per_million <= 1000
    error_message = "openai_output_usd_per_million must be a number from 0 to 1000."
  }
}

variable "openai_cache_seconds" {
  description = "Time for which the answer about an unchanged illness is used again; 0 asks every time."
  type        = number
  default     = 21600

  validation {
    condition     = var.openai_cache_seconds >= 0 && var.openai_cache_seconds <= 604800 && floor(var.openai_cache_seconds) == var.openai_cache_seconds
    error_message = "openai_cache_seconds must be a whole number from 0 to 604800."
  }
}
