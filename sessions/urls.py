from django.urls import path

from .views import actions, agendas, calendar, calendars, days, history, logs, reminders, wishing
from .views import sessions as views

app_name = "sessions"
urlpatterns = [
    path("sessions/", views.session_list, name="list"),
    path("sessions/week/", calendar.session_week, name="week"),
    path("sessions/month/", calendar.session_month, name="month"),
    path("sessions/history.csv", history.session_history_csv, name="history_csv"),
    path("sessions/history.ics", history.session_history_ics, name="history_ics"),
    path("sessions/availability/", views.availability, name="availability"),
    path("sessions/availability/days/", days.days, name="days"),
    path("sessions/availability/days/<int:pk>/remove/", days.day_remove, name="day_remove"),
    path("sessions/availability/time-off/<int:pk>/remove/", days.time_off_remove, name="time_off_remove"),
    path("sessions/holidays/", days.holidays, name="holidays"),
    path("sessions/holidays/<int:pk>/remove/", days.holiday_remove, name="holiday_remove"),
    path("sessions/policy/<int:pk>/", days.policy, name="policy"),
    path("sessions/calendar/", calendars.calendar, name="calendar"),
    path("sessions/calendar/add/", calendars.calendar_add, name="calendar_add"),
    path("sessions/calendar/link/", calendars.calendar_link, name="calendar_link"),
    path("sessions/calendar/feed/<slug:kind>/", calendars.calendar_feed, name="calendar_feed"),
    path("sessions/calendar/connect/<slug:provider>/", calendars.calendar_connect, name="calendar_connect"),
    path("sessions/calendar/connected/<slug:provider>/", calendars.calendar_connected, name="calendar_connected"),
    path("sessions/calendar/<int:pk>/remove/", calendars.calendar_remove, name="calendar_remove"),
    path("sessions/reminders/", reminders.reminders, name="reminders"),
    path("sessions/book/<int:pk>/", views.session_book, name="book"),
    path("sessions/record/<int:pk>/", logs.session_record, name="record"),
    path("sessions/<int:pk>/", logs.session_detail, name="detail"),
    path("sessions/<int:pk>/move/", views.session_move, name="move"),
    path("sessions/<int:pk>/cancel/", views.session_cancel, name="cancel"),
    path("sessions/<int:pk>/answer/", wishing.session_answer, name="answer"),
    path("sessions/<int:pk>/log/", logs.session_log, name="log"),
    path("sessions/<int:pk>/draft/", logs.session_draft, name="draft"),
    path("sessions/<int:pk>/agenda/", agendas.session_agenda, name="agenda"),
    path("sessions/agendas/<int:pk>/", agendas.agendas, name="agendas"),
    path("sessions/actions/<int:pk>/", actions.actions, name="actions"),
    path("sessions/action/<int:pk>/", actions.action, name="action"),
    path("sessions/<int:pk>/session.ics", views.session_ics, name="ics"),
]
