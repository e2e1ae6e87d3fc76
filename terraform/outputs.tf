output "approval_base_url" {
  description = "Address that approval links begin with."
  value       = local.approval_base_url
}

output "console_url" {
  description = "Address of the console; `make console-link` signs people in."
  value       = "${local.approval_base_url}/console"
}

output "table_name" {
  description = "DynamoDB table with incidents and their locks, closed incidents, the server list, progress, baselines, history, restarts and their budgets, fleet cap, server caps, circuit breakers, automation switch, precedents, approvals, each audit entry of them, sign-ins, model usage by day, model answers, cycle reports and told failures."
  value       = aws_dynamodb_table.history.name
}

output "state_machine_arn" {
  description = "State machine that runs the monitoring cycles."
  value       = aws_sfn_state_machine.monitor.arn
}

output "topic_arn" {
  description = "SNS topic of notices and approval requests; subscribe chats and pagers here, with the filter of docs/DEPLOYMENT.md."
  value       = aws_sns_topic.notices.arn
}

output "alarm_topic_arn" {
  description = "SNS topic of alarms about the agent itself."
  value       = aws_sns_topic.alarms.arn
}

output "function_names" {
  description = "Name on AWS of each function, by its folder in functions/."
  value       = { for name, function in module.function : name => function.name }
}

output "qlik_secret_arn" {
  description = "Secret to put Qlik's credentials into, where Terraform does not write them."
  value       = aws_secretsmanager_secret.qlik.arn
}

output "openai_secret_arn" {
  description = "Secret to put the model's key into, where Terraform does not write it."
  value       = aws_secretsmanager_secret.openai.arn
}

output "schedule_rule_name" {
  description = "EventBridge rule that starts the cycles."
  value       = aws_cloudwatch_event_rule.cycle.name
}

output "dashboard_name" {
  description = "CloudWatch dashboard of the stack."
  value       = aws_cloudwatch_dashboard.monitor.dashboard_name
}
