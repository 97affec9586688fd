"""Words for the staff of a site: a guest with such a name would pass for staff.

A word matches as the whole name, or with only other staff words, articles and the site's
title around it. Words that are also personal names are left out.
"""

#: By language, including forms with an attached ending or article.
WORDS = """
    moderator moderators moderation mod mods admin admins administrator administrators
    administration editor editors editorial editorialboard editorinchief staff team support
    helpdesk webmaster sysadmin sysop system official owner operator newsroom newsdesk management
    automod automoderator autoadmin superuser publisher communitymanager trustandsafety

    moderatorin moderatoren redaktion redakteur redakteurin redakteure chefredakteur
    chefredakteurin chefredaktion administratorin verwaltung betreiber mitarbeiter kundendienst
    kundenservice seitenbetreiber seitenbetreiberin herausgeber herausgeberin webmasterin

    modérateur modératrice modérateurs modération administrateur administratrice rédaction
    rédacteur rédactrice rédacteurs équipe assistance officiel éditeur webmestre

    moderador moderadora moderadores moderación administrador administradora administradores
    administración redacción redactor redactora editora editores equipo soporte oficial sistema

    модератор модераторка модератори модерація адмін адміністратор адміністрація редактор
    редакторка редактори редакція редколегія підтримка техпідтримка підтримки

    модераторы модерация админ админы администратор администраторы администрация редакторы
    редакция редколлегия главред поддержка поддержки техподдержка

    管理者 管理人 運営 運営者 運営事務局 事務局 編集部 編集者 編集長
    モデレーター モデレータ
    アドミン スタッフ サポート 公式 システム

    مشرف المشرف مشرفة المشرفة مشرفون المشرفون مشرفين المشرفين مدير المدير إدارة الإدارة ادارة
    الادارة محرر المحرر محررة المحررة محررون المحررون المحررين التحرير دعم الدعم أدمن الأدمن ادمن
    الادمن فريق الفريق النظام

    管理员 管理員 站长 站長 版主 编辑 編輯 编辑部 編輯部 主编 主編
    小编 小編 客服 官方 系统 系統 团队 團隊

    관리자 운영자 운영진 편집자 편집부 편집장 모더레이터 스태프 고객센터 공식 시스템 어드민

    moderatore moderatrice moderatori moderazione amministratore amministratrice amministrazione
    redazione redattore redattrice assistenza supporto ufficiale

    moderação administração redação redator redatora equipe equipa suporte

    redactie redacteur hoofdredactie hoofdredacteur beheerder beheer ondersteuning medewerker

    moderacja moderatorka administracja redakcja redaktor redaktorka zespół wsparcie

    moderatör redaktör redaktionen redaktør redaksjon redaksjonen administratör

    caporedattore caporedattrice webbeheerder administratorka administratorzy moderatorzy
    yönetici yöneticisi yönetim editör editörü moderatörü destek yazıişleri redakce
    správce moderátor ylläpito ylläpitäjä toimitus
    redacția szerkesztő szerkesztőség redaksi pengelola

    διαχειριστής συντονιστής σύνταξη מנהל המנהל מנהלת הנהלה עורך העורך עורכת המערכת צוות הצוות
    תמיכה سردبیر مدیر تحریریه پشتیبانی ผู้ดูแล ผู้ดูแลระบบ แอดมิน บรรณาธิการ
"""

#: Words that may accompany a staff word without forming a personal name.
COMPANIONS = """
    the a an our your this of for from and at in real main chief head senior site website web
    community comment comments forum customer service tech technical online night desk board
    account profile page bot new second backup

    der die das den dem des ein eine unser unsere von vom zur für und am im leitung konto
    profil seite neu neues

    le la les l un une notre nos du de d et en chef service compte profil

    el los las lo nuestro nuestra del y e jefe jefa al servicio cuenta perfil

    il gli i lo della dello di da do dos das o os as no na het een van det den ett og och
    conta ekibi ekip naczelny naczelna hesap hesabı

    наша наш главный головний служба команда сайта сайту форума форуму и та
    аккаунт акаунт профиль профіль

    サイト の 当 チーム 站点 网站 網站 本站 的 هيئة رئيس الموقع موقع
"""

#: Words that are no one's surname: beside a single other word they are a title ("Admin Tom").
TITLES = """
    moderator moderators admin admins administrator administrators sysadmin webmaster automoderator
    moderatorin administratorin modérateur modératrice administrateur administratrice
    moderador moderadora administrador administradora moderatore moderatrice amministratore
    moderatorka administratorka moderatör yönetici
    модератор модераторка адмін адміністратор админ администратор مشرف أدمن 管理员 版主 管理人
"""

#: Words beside which a title is no claim: "not moderator", "dear admin".
UNTITLED = """
    not no never ex former non anti wannabe fake dear hey hello hi ask ban fire sack bad stupid
    fan nicht kein nie ehemaliger lieber liebe pas ancien no nunca querido не бывший колишній
"""
