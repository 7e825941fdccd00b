;; Type each case as a user would, with the keys and hooks of the command loop. Exit with 77 if there is no yasnippet.
;; Usage: emacs --batch --load emacs.el CASES.json RESULTS.json

(require 'json)
(require 'package)
(package-initialize)
(unless (require 'yasnippet nil t) (kill-emacs 77))

;; Emacs 29 has this mode if it was built with tree-sitter: it is not derived from python-mode.
(unless (fboundp 'python-ts-mode)
  (define-derived-mode python-ts-mode prog-mode "Python"))

(setq blink-matching-paren nil)
(yas-global-mode 1)

(defun type-case (case)
  "Type the keys of CASE behind its text, and return the text of the buffer."
  (with-temp-buffer
    (switch-to-buffer (current-buffer))
    (insert (alist-get 'before case))
    (funcall (intern (alist-get 'mode case)))
    (setq indent-tabs-mode (eq t (alist-get 'tabs case)))
    (yas-minor-mode 1)
    (execute-kbd-macro (vconcat (alist-get 'keys case)))
    (buffer-string)))

(let ((coding-system-for-write 'utf-8)
      (cases (json-read-file (pop command-line-args-left))))
  (with-temp-file (pop command-line-args-left)
    (insert (json-encode (mapcar #'type-case cases)))))
